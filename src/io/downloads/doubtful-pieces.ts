/**
 * Which pieces that nothing is known of are there: those that the files hold more than zeros of are read and hashed.
 * Most of an unfinished download is a hole, and a look at both ends of each piece is enough to see that.
 */

import { inParallel } from '../../async/in-parallel.ts';
import { pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import { isSystemError } from '../files/files.ts';
import { type CheckOptions, checkPieces } from './piece-check.ts';
import type { TorrentFiles } from './torrent-files.ts';
import { isZeros } from './zeros.ts';

/** Looked at, at each end of a piece. */
const endBytes = 4096;
const looksMax = 4;

/** Those of `parts` that have their hash. A piece that begins and ends in zeros is not found. */
export async function findGoodPieces(
  files: TorrentFiles,
  parts: readonly number[],
  options: CheckOptions,
): Promise<number[]> {
  const written: number[] = [];
  await inParallel(parts, looksMax, async (part) => {
    options.signal?.throwIfAborted();
    if (await isWritten(files, part)) written.push(part);
  });
  if (written.length === 0) return [];
  written.sort((one, other) => one - other);
  const good: number[] = [];
  for await (const checked of checkPieces(files, written, options)) if (checked.good) good.push(checked.part);
  return good;
}

async function isWritten(files: TorrentFiles, part: number): Promise<boolean> {
  const [offset, size] = [pieceOffset(files.layout.torrent, part), pieceSize(files.layout.torrent, part)];
  const bytes = Buffer.allocUnsafe(Math.min(endBytes, size));
  for (const start of [offset, offset + size - bytes.length]) {
    try {
      await files.read(start, bytes);
    } catch (error) {
      // There was something once.
      if (isSystemError(error, 'EIO')) return true;
      throw error;
    }
    if (!isZeros(bytes)) return true;
  }
  return false;
}
