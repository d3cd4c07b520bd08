/**
 * Counts the work that uses a thing, and lets no more in once it is shut: so that a file is not removed, nor a store
 * closed, while it is still used.
 */
export class Gate {
  #inside = 0;
  #shut = false;
  #onEmpty: () => void = () => {};

  /** Whether no work is under way. */
  get empty(): boolean {
    return this.#inside === 0;
  }

  /** Runs `work`; refused once the gate is shut. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#shut) throw new Error('used after it was closed');
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#onEmpty();
    }
  }

  /** Lets nothing more in; settles once no work is under way. Called once. */
  async shut(): Promise<void> {
    this.#shut = true;
    if (this.#inside > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }
}
