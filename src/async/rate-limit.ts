/**
 * A bound on the bytes per second of background copying, shared by all that copy: a token bucket that may be overdrawn.
 * After copying something one waits until it is paid for, holding nothing meanwhile; so one piece may be larger than a
 * second's share.
 *
 *     const bytes = await copySomePieces();
 *     await limit.spent(bytes, signal);      settles at once while less than `burstMs` of the share is used up
 */
import { type Clock, delay } from './clock.ts';

export interface RateLimitOptions {
  readonly bytesPerSecond: number;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

/** The longest pause that may be made up for by going faster after it. */
const burstMs = 100;

export class RateLimit {
  readonly #options: RateLimitOptions;
  /** When all that was spent so far is paid for. */
  #paidAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Notes that `bytes` were copied; settles when more may be. Rejects with the signal's reason when that comes first. */
  async spent(bytes: number, signal: AbortSignal): Promise<void> {
    const { bytesPerSecond, clock } = this.#options;
    signal.throwIfAborted();
    this.#paidAtMs = Math.max(this.#paidAtMs, clock.now() - burstMs) + (bytes / bytesPerSecond) * 1000;
    const debtMs = this.#paidAtMs - clock.now();
    if (debtMs > 0) await delay(clock, debtMs, signal);
  }
}
