/**
 * Exponential back-off: the delay before the next try doubles up to a cap. Pure: it neither waits nor reads a clock.
 *
 *     const backoff = new Backoff({ firstMs: 250, lastMs: 5_000 });
 *     backoff.next()     250, then 500, 1000, 2000, 4000, 5000, 5000 …
 *     backoff.reset()    after a success
 */

/** The delays of one `Backoff`, in milliseconds. */
export interface BackoffDelays {
  readonly firstMs: number;
  /** The cap. */
  readonly lastMs: number;
}

/** Delays of programs that wait for a server: short at first, since peers and server are often started together. */
export const serverDelays: BackoffDelays = { firstMs: 250, lastMs: 5_000 };

/** The delays between the tries of one thing. */
export class Backoff {
  readonly #delays: BackoffDelays;
  #nextMs: number;

  constructor(delays: BackoffDelays = serverDelays) {
    this.#delays = delays;
    this.#nextMs = delays.firstMs;
  }

  /** The delay before the next try, in milliseconds; the one after it is twice as long. */
  next(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, this.#delays.lastMs);
    return delayMs;
  }

  /** Starts again with the first delay. */
  reset(): void {
    this.#nextMs = this.#delays.firstMs;
  }
}
