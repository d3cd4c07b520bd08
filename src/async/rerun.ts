/**
 * Work in the background that anybody may ask for at any time: it runs once at a time, and once more when it was asked
 * for meanwhile, however often.
 */
export class Rerun {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #again = false;

  /** `work` must not fail. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Whether it was asked for since it began: what runs now need not be thorough. */
  get wanted(): boolean {
    return this.#again;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  soon(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.soon();
    });
  }

  /** Settles when it does not run. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }
}
