/**
 * The few file operations that need more than one call to be right: reading and writing whole ranges, replacing a file
 * so that a crash leaves the old or the new one, making a new name durable.
 *
 * Who needs to test against a failing disk takes its calls as a `FileCalls` and is given others in the test.
 */
import { type BigIntStats, constants, promises, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { punchHoles } from './punch-holes.ts';

/** An open file, and all that is ever done with one. */
export interface FileHandle {
  /** May give fewer bytes than `length`; none only at the end. */
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** May take fewer bytes than `length`. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** Every way to the disk that storage takes: nothing more, so that a disk of another make is quickly written. */
export interface FileCalls {
  open(path: string, flags: number, mode?: number): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  mkdir(path: string, options: { readonly mode: number }): Promise<unknown>;
  rmdir(path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  stat(path: string): Promise<Stats>;
  stat(path: string, options: { readonly bigint: true }): Promise<BigIntStats>;
  lstat(path: string): Promise<Stats>;
  lstat(path: string, options: { readonly bigint: true }): Promise<BigIntStats>;
  realpath(path: string): Promise<string>;
  punchHoles: typeof punchHoles;
  statfs(path: string): Promise<{ readonly bavail: number; readonly bsize: number }>;
}

export const nodeFiles: FileCalls = { ...promises, punchHoles };

/** Whether `error` is the system's error `code`, such as `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether `error` says that the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return isSystemError(error, 'ENOSPC') || isSystemError(error, 'EDQUOT');
}

/**
 * Makes `path` with its parents, durably: what will be synced inside is lost all the same if the folder itself is.
 * `path` ends up with exactly `mode`, whatever the umask and what was there.
 */
export async function makeDirectory(path: string, mode: number, calls: FileCalls = nodeFiles): Promise<void> {
  await makeWithParents(path, mode, calls);
  await calls.chmod(path, mode);
  // Also when it was there: whoever made it may have been killed before it came to this.
  await syncDirectory(dirname(path), calls);
}

/**
 * Makes a folder of the user's, with its parents, durably and with the rights that the umask leaves. One that is there
 * stays as it is.
 */
export async function makeUserDirectory(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  if (await isDirectory(path, calls)) return;
  await makeWithParents(path, 0o777, calls);
  await syncDirectory(dirname(path), calls);
}

async function isDirectory(path: string, calls: FileCalls): Promise<boolean> {
  try {
    return (await calls.stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Not `mkdir` with `recursive`, which never ends where a folder is there and refuses new ones with ENOENT, as /proc.
 */
async function makeWithParents(path: string, mode: number, calls: FileCalls): Promise<void> {
  if (await makeOne(path, mode, calls)) return;
  if (dirname(path) !== path) {
    await makeWithParents(dirname(path), mode, calls);
    await syncDirectory(dirname(dirname(path)), calls);
  }
  if (await makeOne(path, mode, calls)) return;
  throw Object.assign(new Error(`${dirname(path)} takes no folders`), { code: 'EPERM' });
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
export async function emptyDirectory(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  for (const name of await calls.readdir(path)) await removeFile(join(path, name), calls);
}

/** The whole content of a file; undefined when it is not there. */
export async function readIfThere(path: string, calls: FileCalls = nodeFiles): Promise<Buffer | undefined> {
  try {
    return await readWhole(path, calls);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function readWhole(path: string, calls: FileCalls): Promise<Buffer> {
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
