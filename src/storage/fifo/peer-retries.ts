/**
 * The times at which peers that are offline are tried again. A peer that comes back registers by itself; these tries
 * are for those that cannot: shell peers, and a peer that missed us. Pure: it is told the time.
 */
import { Backoff, type BackoffDelays } from '../../async/backoff.ts';
import type { PeerId } from '../../bytes/ids.ts';

const retryDelays: BackoffDelays = { firstMs: 1000, lastMs: 30_000 };

interface Retry {
  readonly backoff: Backoff;
  atMs: number;
}

/** The next try of each peer that has failed or left. All times are in milliseconds, from any origin. */
export class PeerRetries {
  readonly #retries = new Map<PeerId, Retry>();

  /** Whether the time for a try has come; a peer that has neither failed nor left is tried at once. */
  isDue(id: PeerId, nowMs: number): boolean {
    return (this.#retries.get(id)?.atMs ?? nowMs) <= nowMs;
  }

  /** Notes that a session has ended: the first try follows soon. */
  left(id: PeerId, nowMs: number): void {
    this.#retries.set(id, { backoff: new Backoff(retryDelays), atMs: nowMs + retryDelays.firstMs });
  }

  /** Forgets the peer: it is tried no more. */
  delete(id: PeerId): void {
    this.#retries.delete(id);
  }

  /** Notes that a try has failed: the delay before the next one is twice as long. */
  failed(id: PeerId, nowMs: number): void {
    const retry = this.#retries.get(id) ?? { backoff: new Backoff(retryDelays), atMs: nowMs };
    retry.atMs = nowMs + retry.backoff.next();
    this.#retries.set(id, retry);
  }
}
