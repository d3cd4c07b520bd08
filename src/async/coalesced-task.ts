/**
 * A task that many ask for: it runs once at a time, and once more, for all of them together, when it was asked for
 * while it ran.
 *
 *     const syncs = new CoalescedTask(() => handle.sync());
 *     await syncs.run();      what was written before the call is on the disk
 *     syncs.request();        soon, in the background
 */
export class CoalescedTask {
  readonly #work: () => Promise<void>;
  #current: Promise<void> | undefined;
  /** The run that begins when the current one has ended. */
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Whether another run was asked for since the current one began. */
  get requested(): boolean {
    return this.#next !== undefined;
  }

  /** Whether a run is under way, or about to begin. */
  get running(): boolean {
    return this.#current !== undefined || this.#next !== undefined;
  }

  /** Asks for a run in the background, for which the work must not fail. */
  request(): void {
    void this.run();
  }

  /** Settles with a run that begins after the call, or at once if none is under way; fails as that run fails. */
  run(): Promise<void> {
    if (!this.running) return this.#begin();
    this.#next ??= this.#afterCurrent();
    return this.#next;
  }

  /** Settles when no run is under way and none was asked for. */
  async idle(): Promise<void> {
    while (this.running) await (this.#next ?? this.#current)?.catch(() => {}); // a failure is for those who asked
  }

  #begin(): Promise<void> {
    this.#current = this.#work().finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  async #afterCurrent(): Promise<void> {
    await this.#current?.catch(() => {}); // a failure is for those who asked
    this.#next = undefined;
    await this.#begin();
  }
}
