/**
 * One piece, and a holding of many, as plain data: for the store that keeps pieces on disk, the protocol that carries
 * them and the domain that decides where they go.
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
  /** The piece's first byte in the file. */
  readonly offset: number;
  /** The size in bytes, 1 to `pieceBytesMax`. */
  readonly size: number;
  /** 40 lower-case hex digits. */
  readonly sha1: string;
}

/** The largest piece: each must fit a buffer of its own at both ends, many at once. */
export const pieceBytesMax = 16 * 1024 * 1024;

/** One piece to be stored. */
export interface PieceToStore {
  readonly pieceIndex: number;
  /** The piece's first byte in the file. */
  readonly offset: number;
  /** 40 hex digits. */
  readonly sha1: string;
  readonly bytes: Uint8Array;
}

/** The pieces of one file that a holder says it has. */
export interface HeldFile {
  readonly file: TorrentId;
  /** Ranges of pieces, rising and apart. */
  readonly parts: readonly PieceRange[];
  /** Whether it is the user's own file, only lent (`--share`): it can be read, but does not count as a safe copy. */
  readonly shared: boolean;
  /** Whether it has the info dictionary of the file too. */
  readonly info?: boolean;
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
