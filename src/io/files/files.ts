/**
 * The few file operations that need more than one call to be right: reading and writing whole ranges, replacing a file
 * so that a crash leaves the old or the new one, removing what may not be there.
 */
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileCalls, type FileHandle, isSystemError, nodeFiles } from './calls.ts';
import { syncFolder } from './folders.ts';

/**
 * Makes `content` the content of `path`, durably: whoever opens it, even after a power loss, sees all of the old or all
 * of the new content. Only one such write of the same path may be under way.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
  calls = nodeFiles,
): Promise<void> {
  const newPath = `${path}${newSuffix}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const handle = await calls.open(newPath, flags, mode);
  try {
    await writeFully(handle, Buffer.from(content), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await calls.rename(newPath, path);
  await syncFolder(dirname(path), calls);
}

/**
 * The suffix of a file's name until it takes the place of another; a file with it, found at a start, is left of a
 * crash.
 */
export const newSuffix = '.new';

/** Removes a file; that it is not there is no error. */
export async function removeFile(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  try {
    await calls.unlink(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/** Whether anything at all is called `path`, be it a link that leads nowhere. */
export async function isThere(path: string, calls: FileCalls = nodeFiles): Promise<boolean> {
  try {
    await calls.lstat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Removes a file, or a folder with all that is in it; a link, but not what it leads to. */
export async function removeTree(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  if (!(await calls.lstat(path)).isDirectory()) return calls.unlink(path);
  for (const name of await calls.readdir(path)) await removeTree(join(path, name), calls);
  await calls.rmdir(path);
}

/** Removes every file in a folder of ours, in which no folders are. */
export async function emptyFolder(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  for (const name of await calls.readdir(path)) await removeFile(join(path, name), calls);
}

/** The whole content of a file; undefined when it is not there. */
export async function readIfThere(path: string, calls: FileCalls = nodeFiles): Promise<Buffer | undefined> {
  try {
    return await readAll(path, calls);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function readAll(path: string, calls: FileCalls): Promise<Buffer> {
  const handle = await calls.open(path, constants.O_RDONLY);
  try {
    const content = Buffer.alloc((await calls.stat(path)).size);
    return content.subarray(0, await readFully(handle, content, 0));
  } finally {
    await handle.close();
  }
}

/** Writes all of `bytes` at `position`: the system may take fewer bytes at a time than it was given. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error('the disk takes no more bytes');
    done += bytesWritten;
  }
}

/** Fills `into` from `position` on and tells how many bytes there were: fewer than asked for only at the file's end. */
export async function readFully(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
