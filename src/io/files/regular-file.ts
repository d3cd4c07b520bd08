/**
 * Opens regular files that somebody else may be changing: never blocks on a FIFO, never follows a link at the end of
 * the path, and can tell whether it is still the same file, and still in the same state.
 */
import { constants, promises } from 'node:fs';

/** The identity of a file, whatever its name. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export interface FileState {
  /** The size in bytes. */
  readonly size: number;
  /** A text that differs from an earlier one when the file was written to meanwhile. */
  readonly stamp: string;
}

export interface RegularFile extends FileIdentity {
  readonly handle: promises.FileHandle;
  /** The state of the file now. */
  state(): Promise<FileState>;
}

/** Thrown for a folder, a FIFO, a device or the like. */
export class NotAFileError extends Error {
  constructor(path: string) {
    super(`${path} is not a file`);
    this.name = 'NotAFileError';
  }
}

/** Opens the file at `path` for reading. Fails with a system error (ELOOP for a link) or a NotAFileError. */
export async function openRegularFile(path: string): Promise<RegularFile> {
  const handle = await promises.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new NotAFileError(path);
    return { handle, dev: stats.dev, ino: stats.ino, state: () => stateOf(handle) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function stateOf(handle: promises.FileHandle): Promise<FileState> {
  const { size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
  return { size: Number(size), stamp: `${size} ${mtimeNs} ${ctimeNs}` };
}
