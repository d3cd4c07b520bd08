/**
 * Verified pieces, in order, from whoever has them, and bytes by their position. Downloads, seeding and repair all
 * stand on this.
 *
 * A window of pieces is under way in parallel; how one is come by is the business of `fetch-piece.ts`. What is yielded
 * has always hashed.
 */
import { pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { fetchPiece, type LentPiece, type PieceContext } from './fetch-piece.ts';

export { PieceUnavailable } from './fetch-piece.ts';

/** The collaborators of whoever fetches pieces, and the memory that may be used. */
export interface FetchContext extends PieceContext {
  readonly budget: WindowBudget;
  /** The number of bytes of one transfer that may be under way or waiting to be sent. */
  readonly windowBytes: number;
}

/**
 * Bytes that all transfers together may have under way beyond the first piece of each, so that fifty downloads at once
 * do not take fifty windows of memory. A transfer that gets nothing from the budget still goes on, piece by piece.
 */
export class WindowBudget {
  #left: number;
  constructor(bytes: number) {
    this.#left = bytes;
  }
  tryTake(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
  give(bytes: number): void {
    this.#left += bytes;
  }
}

interface PieceUnderWay {
  readonly piece: Promise<LentPiece>;
  /** The bytes that it took from the budget. */
  readonly budgeted: number;
}

/**
 * The pieces `first` to `last` of `entry`, verified, in order. A yielded piece is a view of a pooled buffer: it is only
 * valid until the next one is asked for. Throws PieceUnavailable when no holder can give a piece.
 */
export async function* fetchPieces(
  context: FetchContext,
  entry: TorrentEntry,
  first: number,
  last: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const underWay: PieceUnderWay[] = [];
  let next = first;
  let windowLeft = context.windowBytes;

  const startWhatFits = (): void => {
    for (; next <= last; next += 1) {
      const size = pieceSize(entry.record, next);
      const alone = underWay.length === 0;
      if (!alone && (size > windowLeft || !context.budget.tryTake(size))) return;
      windowLeft -= size;
      const piece = fetchPiece(context, entry, next);
      piece.catch(() => undefined); // It is awaited in its turn; until then its failure is nobody's unhandled one.
      underWay.push({ piece, budgeted: alone ? 0 : size });
    }
  };
  const release = (piece: LentPiece | undefined, { budgeted }: PieceUnderWay): void => {
    piece?.release();
    context.budget.give(budgeted);
  };

  try {
    for (let pieceIndex = first; pieceIndex <= last; pieceIndex += 1) {
      startWhatFits();
      const oldest = underWay[0] as PieceUnderWay;
      const piece = await oldest.piece;
      yield piece.bytes;
      underWay.shift();
      windowLeft += piece.bytes.length;
      release(piece, oldest);
    }
  } finally {
    // The reader has left or a piece is lost. Holders may still be writing into the other buffers: wait for them.
    for (const each of underWay) {
      each.piece.then(
        (piece) => release(piece, each),
        () => release(undefined, each),
      );
    }
  }
}

/** Fetches one piece, verified, for `use`; its buffer is used for something else as soon as `use` settles. */
export async function withPiece(
  context: PieceContext,
  entry: TorrentEntry,
  pieceIndex: number,
  use: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { bytes, release } = await fetchPiece(context, entry, pieceIndex);
  try {
    await use(bytes);
  } finally {
    release();
  }
}

/** The first and the last piece that the bytes `start` to `end` (both included) touch. */
export function piecesOf(entry: TorrentEntry, start: number, end: number): { first: number; last: number } {
  const { pieceLength } = entry.record;
  return { first: Math.floor(start / pieceLength), last: Math.floor(end / pieceLength) };
}

/** The bytes `start` to `end`, both included, verified. A chunk is only valid until the next one is asked for. */
export async function* fetchRange(
  context: FetchContext,
  entry: TorrentEntry,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, last } = piecesOf(entry, start, end);
  let pieceIndex = first;
  for await (const piece of fetchPieces(context, entry, first, last)) {
    const offset = pieceOffset(entry.record, pieceIndex);
    yield piece.subarray(Math.max(0, start - offset), Math.min(piece.length, end + 1 - offset));
    pieceIndex += 1;
  }
}
