/**
 * Lets work in until it is shut, and knows when the last of it is out: so that a file is not removed, nor a store
 * closed, under the hands of those who still use it.
 */
export class Gate {
  #inside = 0;
  #shut = false;
  #onEmpty: () => void = () => {};

  /** Whether nobody is inside. */
  get empty(): boolean {
    return this.#inside === 0;
  }

  /** Runs `work`. Refused once the gate is shut: callers are not let near a thing that is going away. */
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

  /** Lets nothing more in; settles once nothing is inside. Called once. */
  async shut(): Promise<void> {
    this.#shut = true;
    if (this.#inside > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }
}
