/** Counts of what has happened since the server started, for `/metrics` and `/peers`. */
import type { PeerId } from '../../bytes/ids.ts';
import { createDirectoryCounters } from '../../directory/counters.ts';
import { createTrackerCounters } from './tracker-counters.ts';

/** The counts of one server. */
export class Counters {
  /** Copies that were made of pieces that had too few. */
  repairedPieces = 0;
  /** Copies that went from one peer to another, so that peers are equally full. */
  movedPieces = 0;
  /** Copies that holders verified on their disks. */
  scrubbedPieces = 0;
  /** The bytes of `scrubbedPieces`. */
  scrubbedBytes = 0;
  readonly tracker = createTrackerCounters();
  readonly directory = createDirectoryCounters();
  #corruptTotal = 0;
  readonly #corruptPieces = new Map<PeerId, number>();

  /** Counts a copy of `holder` that did not hash. */
  countCorrupt(holder: PeerId): void {
    this.#corruptTotal += 1;
    this.#corruptPieces.set(holder, this.corruptPiecesOf(holder) + 1);
  }

  /** The number of copies of `holder` that did not hash. */
  corruptPiecesOf(holder: PeerId): number {
    return this.#corruptPieces.get(holder) ?? 0;
  }

  /** Forgets a holder; its copies stay in the count of all. */
  forget(holder: PeerId): void {
    this.#corruptPieces.delete(holder);
  }

  /** The number of copies that did not hash, of all holders that there were together. */
  get corruptPieces(): number {
    return this.#corruptTotal;
  }
}
