/**
 * How one piece, and a holding of many, are spoken of: by the store that keeps pieces on disk, by the protocol that
 * carries them and by the domain that decides where they go. Plain data, no rules.
 */
import type { TorrentId } from './ids.ts';

/** Piece indices from `first` to `last`, both included. */
export interface PieceRange {
  readonly first: number;
  readonly last: number;
}

/** One piece as its file's metainfo describes it. */
export interface PieceRecord {
  readonly pieceIndex: number;
  /** Where the piece begins in the file, in bytes. */
  readonly offset: number;
  /** In bytes, 1 to `pieceBytesMax`. */
  readonly size: number;
  /** 40 lower-case hex digits. */
  readonly sha1: string;
}

/** No piece is larger: it must fit a buffer of its own at each end, many at once (DESIGN 2, `piece_size`). */
export const pieceBytesMax = 16 * 1024 * 1024;

/** One piece to be stored. */
export interface PieceToStore {
  readonly pieceIndex: number;
  /** Where the piece begins in the file, in bytes. */
  readonly offset: number;
  /** 40 hex digits. */
  readonly sha1: string;
  readonly bytes: Uint8Array;
}

/** What a holder says it has of one file. */
export interface HeldFile {
  readonly file: TorrentId;
  /** Rising and apart. */
  readonly parts: readonly PieceRange[];
  /** The user's own file, only lent (`--share`): it can be read, but does not count as a safe copy. */
  readonly shared: boolean;
}

/** The ranges that `parts`, in any order, fall into: rising and apart. */
export function pieceRanges(parts: Iterable<number>): PieceRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const pieceIndex of Uint32Array.from(parts).sort()) {
    const open = ranges.at(-1);
    if (open !== undefined && pieceIndex <= open.last + 1) open.last = pieceIndex;
    else ranges.push({ first: pieceIndex, last: pieceIndex });
  }
  return ranges;
}
