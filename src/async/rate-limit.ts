/**
 * A bound on the bytes per second of background copying, whoever does it: a token bucket that may be overdrawn. Who has
 * copied something says so and waits until it is paid for, holding nothing meanwhile; so one piece may be larger than
 * a second's share.
 *
 *     const bytes = await copySomePieces();
 *     await limit.spent(bytes);      settles at once while less than `burstMs` of the share is used up
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Settles after `ms`; rejects as soon as `signal` is aborted. Must not keep the process alive. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export interface RateLimitOptions {
  readonly bytesPerSecond: number;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly wait?: Wait;
}

/** So much of a pause may be made up for by going faster after it. */
const burstMs = 100;

export class RateLimit {
  readonly #options: RateLimitOptions;
  /** When all that was spent so far is paid for. */
  #paidAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Notes that `bytes` were copied; settles when more may be. Rejects when `signal` comes first. */
  async spent(bytes: number, signal: AbortSignal): Promise<void> {
    const { bytesPerSecond, now, wait = waitUnobtrusively } = this.#options;
    signal.throwIfAborted();
    this.#paidAtMs = Math.max(this.#paidAtMs, now() - burstMs) + (bytes / bytesPerSecond) * 1000;
    const debtMs = this.#paidAtMs - now();
    if (debtMs > 0) await wait(debtMs, signal);
  }
}

/** The wait of those who are not tests. */
export async function waitUnobtrusively(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false });
}
