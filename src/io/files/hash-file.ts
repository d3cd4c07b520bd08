/** Hashes a file, all of it and piece by piece, in one reading and never holding more than a piece of it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { PieceRecord } from '../../bytes/pieces.ts';
import type { FileHandle } from './calls.ts';
import { readFully } from './files.ts';

export interface HashedFile {
  /** The SHA-256 of the whole file: 64 lower-case hex digits. */
  readonly sha256: string;
  readonly pieces: readonly PieceRecord[];
}

/**
 * Reads the file at `path` in pieces of `pieceLength` bytes, the last of which may be shorter. Undefined when the file
 * was written to meanwhile: the hashes are of no state that it ever had. Throws what `signal` was aborted with.
 */
export async function hashFile(
  path: string,
  pieceLength: number,
  signal?: AbortSignal,
): Promise<HashedFile | undefined> {
  const handle = await open(path, 'r');
  try {
    const before = await handle.stat({ bigint: true });
    const hashed = await hashHandle(handle, pieceLength, signal);
    const after = await handle.stat({ bigint: true });
    return before.mtimeNs === after.mtimeNs && before.size === after.size ? hashed : undefined;
  } finally {
    await handle.close();
  }
}

async function hashHandle(handle: FileHandle, pieceLength: number, signal?: AbortSignal): Promise<HashedFile> {
  const whole = createHash('sha256');
  const pieces: PieceRecord[] = [];
  const buffer = Buffer.allocUnsafe(pieceLength);
  for (let offset = 0; ; offset += pieceLength) {
    signal?.throwIfAborted();
    const size = await readFully(handle, buffer, offset);
    const piece = buffer.subarray(0, size);
    whole.update(piece);
    if (size > 0) pieces.push({ pieceIndex: pieces.length, offset, size, sha1: sha1Of(piece) });
    if (size < pieceLength) return { sha256: whole.digest('hex'), pieces };
  }
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
