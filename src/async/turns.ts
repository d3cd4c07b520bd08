/**
 * Work that a few may do at a time; the others wait for their turn, in the order in which they came. What each of them
 * holds meanwhile, such as an open file, is bounded by it.
 *
 *     const turns = new Turns(32);
 *     await turns.take(() => handle.read(...));
 */
export class Turns {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Runs `work`, which must not wait for another turn itself. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
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
