/** For tests: file ids, random pieces and their hashes. */
import { createHash, randomBytes } from 'node:crypto';
import type { TorrentId } from '../../bytes/ids.ts';
import type { PieceToStore } from '../../bytes/pieces.ts';

/** The file id that is 40 times `digit`. */
export function fileId(digit: string): TorrentId {
  return digit.repeat(40) as TorrentId;
}

export function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** A piece of a file in pieces of `size` bytes, with contents of its own. */
export function randomPiece(pieceIndex: number, size = 1000, offset = pieceIndex * size): PieceToStore {
  const bytes = randomBytes(size);
  return { pieceIndex, offset, sha1: sha1(bytes), bytes };
}
