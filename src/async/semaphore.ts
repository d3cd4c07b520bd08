/**
 * A counting semaphore: work that only a few may do at a time, the others waiting in the order in which they came. So
 * the resources that they hold meanwhile, such as open files, are bounded.
 *
 *     const reads = new Semaphore(32);
 *     await reads.run(() => handle.read(...));
 */
export class Semaphore {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /** Lets `max` pieces of work be under way at once. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Runs `work` once there is a place for it. It must not wait for another place of the same semaphore itself. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#taken < this.#max) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }
}
