/** Whether pieces on the disk are what the torrent says: they are read and hashed. */
import { createHash } from 'node:crypto';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import { pieceBytesMax } from '../../bytes/pieces.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import { isSystemError } from '../files/calls.ts';
import { DownloadError } from './download-error.ts';
import type { TorrentFiles } from './torrent-files.ts';

export interface CheckOptions {
  /** Called before the first piece and after each. */
  readonly onChecking?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckedPiece {
  readonly pieceIndex: number;
  readonly good: boolean;
}

/** For pieces that are checked one by one. */
const pool = new BufferPool(pieceBytesMax);

/**
 * Whether a piece has its hash. If so, `use` may do something with its bytes, which are valid until it settles. Throws
 * what the system throws, unless that means that the piece cannot be read.
 */
export async function isGoodPiece(
  files: TorrentFiles,
  pieceIndex: number,
  use: (bytes: Uint8Array) => Promise<void> = async () => {},
): Promise<boolean> {
  const memory = pool.take(pieceSize(files.layout.torrent, pieceIndex));
  try {
    const bytes = memory.subarray(0, pieceSize(files.layout.torrent, pieceIndex));
    if (!(await canRead(files, pieceIndex, bytes)) || !hasHash(files, pieceIndex, bytes)) return false;
    await use(bytes);
    return true;
  } finally {
    pool.give(memory);
  }
}

/** Checks `parts` in their order; while one is hashed the next is being read. */
export async function* checkPieces(
  files: TorrentFiles,
  parts: readonly number[],
  { onChecking = () => {}, signal }: CheckOptions,
): AsyncGenerator<CheckedPiece> {
  const { torrent } = files.layout;
  const totalBytes = parts.reduce((sum, pieceIndex) => sum + pieceSize(torrent, pieceIndex), 0);
  const memories = [0, 1].map(() => Buffer.allocUnsafeSlow(parts.length === 0 ? 0 : torrent.pieceLength));
  const begin = async (index: number): Promise<boolean> => {
    const pieceIndex = parts[index];
    return pieceIndex !== undefined && canRead(files, pieceIndex, memoryOf(index, pieceIndex));
  };
  const memoryOf = (index: number, pieceIndex: number): Uint8Array =>
    (memories[index % 2] as Buffer).subarray(0, pieceSize(torrent, pieceIndex));
  let reading = begin(0);
  let doneBytes = 0;
  try {
    if (totalBytes > 0) onChecking(doneBytes, totalBytes);
    for (const [index, pieceIndex] of parts.entries()) {
      signal?.throwIfAborted();
      const there = await reading;
      reading = begin(index + 1);
      reading.catch(() => {}); // Whoever awaits it, in the next round or at the end, is told.
      const good = there && hasHash(files, pieceIndex, memoryOf(index, pieceIndex));
      doneBytes += pieceSize(torrent, pieceIndex);
      onChecking(doneBytes, totalBytes);
      yield { pieceIndex, good };
    }
  } finally {
    await reading.catch(() => {}); // Of a piece that nobody asks for any more.
  }
}

/**
 * Reads a piece; false when the disk cannot give it, or there is no such file any more: then the piece is as good as
 * not there.
 */
async function canRead(files: TorrentFiles, pieceIndex: number, into: Uint8Array): Promise<boolean> {
  try {
    await files.readPiece(pieceIndex, into);
    return true;
  } catch (error) {
    const changed = error instanceof DownloadError && error.code === 'changed';
    if (changed || isSystemError(error, 'EIO') || isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

function hasHash(files: TorrentFiles, pieceIndex: number, bytes: Uint8Array): boolean {
  return createHash('sha1').update(bytes).digest().equals(pieceHash(files.layout.torrent, pieceIndex));
}
