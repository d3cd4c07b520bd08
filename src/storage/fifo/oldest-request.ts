/**
 * The request that has waited longest for its answer. A peer that answers all others but never this one is alive, and
 * yet whoever asked would wait for ever. It knows neither what was asked nor what follows from a long wait.
 *
 * Only the oldest is timed, and only while it is the oldest: a slow peer that works off a long queue is not taken for
 * one that passes a request over.
 */
export class OldestRequest {
  /** By `seq`, in the order in which they were written (a Set keeps the order of insertion). */
  readonly #waiting = new Set<string>();
  #oldest: string | undefined;
  #waitedMs = 0;

  begin(seq: string): void {
    this.#waiting.add(seq);
  }

  end(seq: string): void {
    this.#waiting.delete(seq);
  }

  /**
   * Another `ms` have passed. Answers for how long the same request has been the oldest now; 0 while it is the one
   * whose answer is arriving, `receiving`.
   */
  pass(ms: number, receiving: string | undefined): number {
    const [oldest] = this.#waiting;
    const waits = oldest !== undefined && oldest === this.#oldest && oldest !== receiving;
    this.#waitedMs = waits ? this.#waitedMs + ms : 0;
    this.#oldest = oldest;
    return this.#waitedMs;
  }
}
