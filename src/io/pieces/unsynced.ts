/**
 * The changes that the index of one file does not name yet: the next `sync` has to tell it of them, and some places are
 * free after that. Pure; the index is written by `piece-file.ts`.
 *
 *     unsynced.store(piece)      listed, but not in the index
 *     unsynced.drop(piece)       not listed any more, but perhaps in the index
 *     unsynced.take()            { stored: [piece], gone: [41], vacated: [...] }, and begins anew
 */
import type { PieceRecord } from '../../bytes/pieces.ts';

/** The changes that one `sync` writes to the index. A piece in both `gone` and `stored` was dropped first. */
export interface IndexChanges {
  readonly stored: readonly PieceRecord[];
  /** The indices of the pieces that were dropped. */
  readonly gone: ReadonlySet<number>;
}

export interface Batch extends IndexChanges {
  /** Pieces whose places the index may name until then; they are free after it. */
  readonly vacated: readonly PieceRecord[];
}

export class Unsynced {
  #stored = new Map<number, PieceRecord>();
  #gone = new Set<number>();
  #vacated: PieceRecord[] = [];

  get empty(): boolean {
    return this.#stored.size === 0 && this.#gone.size === 0;
  }

  /** Notes that `piece` is listed now, instead of `replaced`, which lies elsewhere. */
  store(piece: PieceRecord, replaced?: PieceRecord): void {
    this.#stored.set(piece.pieceIndex, piece);
    if (replaced !== undefined) this.#vacated.push(replaced);
  }

  /** Notes that `piece` was listed, and is dropped. A sync under way may just be writing it to the index. */
  drop(piece: PieceRecord): void {
    this.#stored.delete(piece.pieceIndex);
    this.#gone.add(piece.pieceIndex);
    this.#vacated.push(piece);
  }

  /** Notes that a piece turned out to be bad: the index is told nothing of it. */
  forget(pieceIndex: number): void {
    this.#stored.delete(pieceIndex);
  }

  take(): Batch {
    const batch = { stored: [...this.#stored.values()], gone: this.#gone, vacated: this.#vacated };
    this.#stored = new Map();
    this.#gone = new Set();
    this.#vacated = [];
    return batch;
  }

  /**
   * Gives up a `batch` that the index was not told of. Returns what was stored, then and since: none of it can be
   * relied on. What was dropped stays so, and is told next time. The places of pieces that were only replaced stay
   * taken until the next start: the index goes on naming them.
   */
  giveUp(batch: Batch): PieceRecord[] {
    const stored = [...batch.stored, ...this.#stored.values()];
    this.#stored = new Map();
    for (const pieceIndex of batch.gone) this.#gone.add(pieceIndex);
    this.#vacated = [...batch.vacated, ...this.#vacated].filter(({ pieceIndex }) => this.#gone.has(pieceIndex));
    return stored;
  }
}
