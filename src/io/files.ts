/**
 * The few file operations that need more than one call to be right: reading and writing whole ranges, replacing a file
 * so that a crash leaves the old or the new one, making a new name durable.
 *
 * Who needs to test against a failing disk takes its calls as a `FileCalls` and is given others in the test.
 */
import { constants, promises } from 'node:fs';
import { dirname } from 'node:path';

export type FileHandle = promises.FileHandle;

/** The file calls that can be replaced. */
export type FileCalls = Pick<
  typeof promises,
  'open' | 'rename' | 'unlink' | 'readdir' | 'mkdir' | 'chmod' | 'stat' | 'lstat' | 'realpath' | 'statfs'
>;

export const nodeFiles: FileCalls = promises;

/** Whether `error` is the system's error `code`, such as `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Makes `path` with its parents; `path` itself ends up with exactly `mode`, whatever the umask and what was there. */
export async function makeDirectory(path: string, mode: number, calls: FileCalls = nodeFiles): Promise<void> {
  await makeWithParents(path, mode, calls);
  await calls.chmod(path, mode);
}

/**
 * Not `mkdir` with `recursive`, which never ends where a folder is there and refuses new ones with ENOENT, as /proc.
 */
async function makeWithParents(path: string, mode: number, calls: FileCalls): Promise<void> {
  if (await makeOne(path, mode, calls)) return;
  if (dirname(path) !== path) await makeWithParents(dirname(path), mode, calls);
  if (!(await makeOne(path, mode, calls))) throw new Error(`${dirname(path)} takes no folders`);
}

/** False when there is nothing to make it in. */
async function makeOne(path: string, mode: number, calls: FileCalls): Promise<boolean> {
  try {
    await calls.mkdir(path, { mode });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    if (isSystemError(error, 'EEXIST') && (await calls.stat(path)).isDirectory()) return true;
    throw error;
  }
}

/** Puts the names in a directory on stable storage: without it, a new file can be gone after a power loss. */
export async function syncDirectory(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  const handle = await calls.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes `text` the content of `path`, durably: whoever opens it, even after a power loss, sees all of the old or all of
 * the new content. Only one such write of the same path may be under way.
 */
export async function writeFileAtomically(path: string, text: string, mode: number, calls = nodeFiles): Promise<void> {
  const newPath = `${path}${newSuffix}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const handle = await calls.open(newPath, flags, mode);
  try {
    await writeFully(handle, Buffer.from(text), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await calls.rename(newPath, path);
  await syncDirectory(dirname(path), calls);
}

/** What a file is called until it takes the place of another; found at a start, it is the remains of a crash. */
export const newSuffix = '.new';

/** Removes a file; that it is not there is no error. */
export async function removeFile(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  try {
    await calls.unlink(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
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
