/**
 * A lock for steps that must not cross: one at a time, in the order in which they were asked for. Such steps are the
 * writes to one file. For steps that must not cross for each of many things there is `KeyedLock`.
 *
 *     const writes = new Mutex();
 *     await writes.run(() => handle.write(line));
 */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Whether nothing is under way and nothing waits. */
  get free(): boolean {
    return this.#pending === 0;
  }

  /** Runs `work` once everything that was asked for before has settled. It must not wait for the same lock itself. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#pending += 1;
    const result = this.#last.then(work);
    this.#last = result.catch(() => {}); // a failure is for the caller; those who wait only need the end
    try {
      return await result;
    } finally {
      this.#pending -= 1;
    }
  }

  /** Settles once everything that was asked for so far has settled; never fails. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
