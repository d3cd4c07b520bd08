/**
 * Peers that came, kept nothing, and went: they are forgotten by themselves, so that ids that were used once do not add
 * up. A peer that has a piece, or has not been heard since the server started, is remembered until somebody forgets it.
 * Pure: it is told the time.
 */
import type { PeerId } from '../../bytes/ids.ts';

/** The grace periods that a peer without pieces may be away. */
const gracePeriods = 10;
/** The shortest wait: a peer that is restarted by hand is back sooner. */
const waitMinMs = 60_000;

/** The peers that went and had nothing, and since when. All times are in milliseconds, from any origin. */
export class PassingPeers {
  readonly #waitMs: number;
  readonly #leftAtMs = new Map<PeerId, number>();

  /** `graceMs`: the grace period of a peer that is down. */
  constructor(graceMs: number) {
    this.#waitMs = Math.max(waitMinMs, gracePeriods * graceMs);
  }

  /** Notes that a peer without pieces has gone. */
  left(id: PeerId, nowMs: number): void {
    this.#leftAtMs.set(id, nowMs);
  }

  /** Notes that the peer is back, or forgotten. */
  delete(id: PeerId): void {
    this.#leftAtMs.delete(id);
  }

  /** The peers that have been away for so long that they are to be forgotten. */
  due(nowMs: number): PeerId[] {
    return [...this.#leftAtMs].filter(([, atMs]) => nowMs - atMs >= this.#waitMs).map(([id]) => id);
  }
}
