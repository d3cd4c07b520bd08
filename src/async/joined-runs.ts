/**
 * Work that takes long and that many ask for, each for what was done before: those who ask while it is under way share
 * one more run after it.
 */
export class JoinedRuns {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Settles with a run that began after the call. */
  run(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#work().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    const startNext = (): Promise<void> => {
      this.#next = undefined;
      return this.run();
    };
    this.#next ??= this.#running.then(startNext, startNext);
    return this.#next;
  }
}
