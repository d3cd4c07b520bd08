/** Reads the pieces of a complete file one by one, as they are to be stored. */
import { constants } from 'node:fs';
import type { PieceRecord, PieceToStore } from '../../bytes/pieces.ts';
import type { FileCalls } from '../files/calls.ts';
import { readFully } from '../files/files.ts';
import { StoreError } from './store-error.ts';

/**
 * Yields `pieces` of the file at `path`. The bytes of one are only valid until the next is asked for, and are not
 * hashed here.
 */
export async function* piecesInFile(
  path: string,
  pieces: readonly PieceRecord[],
  calls: FileCalls,
): AsyncGenerator<PieceToStore> {
  const handle = await calls.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const memory = new Uint8Array(pieces.reduce((most, { size }) => Math.max(most, size), 0));
  try {
    for (const { pieceIndex, offset, size, sha1 } of pieces) {
      const bytes = memory.subarray(0, size);
      if ((await readFully(handle, bytes, offset)) < size) throw new StoreError('corrupt', `${path} is too short`);
      yield { pieceIndex, offset, sha1, bytes };
    }
  } finally {
    await handle.close();
  }
}
