/** What has happened since the server started, in numbers: for `/metrics`, and for `/peers`. */
import type { PeerId } from '../../bytes/ids.ts';
import { createDirectoryCounters } from '../../directory/counters.ts';
import { createTrackerCounters } from './tracker-counters.ts';

export class Counters {
  /** Copies that were made of pieces that had too few. */
  repairedPieces = 0;
  /** Copies that went from one peer to another, so that peers are equally full. */
  movedPieces = 0;
  /** Copies that holders verified on their disks, and their bytes. */
  scrubbedPieces = 0;
  scrubbedBytes = 0;
  readonly tracker = createTrackerCounters();
  readonly directory = createDirectoryCounters();
  readonly #corruptPieces = new Map<PeerId, number>();

  /** A copy of the holder's did not hash. */
  countCorrupt(holder: PeerId): void {
    this.#corruptPieces.set(holder, this.corruptPiecesOf(holder) + 1);
  }

  corruptPiecesOf(holder: PeerId): number {
    return this.#corruptPieces.get(holder) ?? 0;
  }

  /** Of all holders together. */
  get corruptPieces(): number {
    return [...this.#corruptPieces.values()].reduce((sum, count) => sum + count, 0);
  }
}
