/** Folders that survive a power loss: made with their parents, and their names put on stable storage. */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { type FileCalls, isSystemError, nodeFiles } from './calls.ts';

/**
 * Makes `path` with its parents, durably: what will be synced inside is lost all the same if the folder itself is.
 * `path` ends up with exactly `mode`, whatever the umask and what was there.
 */
export async function makeFolder(path: string, mode: number, calls: FileCalls = nodeFiles): Promise<void> {
  await makeWithParents(path, mode, calls);
  await calls.chmod(path, mode);
  // Also when it was there: whoever made it may have been killed before it came to this.
  await syncFolder(dirname(path), calls);
}

/**
 * Makes a folder of the user's, with its parents, durably and with the rights that the umask leaves. One that is there
 * stays as it is.
 */
export async function makeUserFolder(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  if (await isFolder(path, calls)) return;
  await makeWithParents(path, 0o777, calls);
  await syncFolder(dirname(path), calls);
}

async function isFolder(path: string, calls: FileCalls): Promise<boolean> {
  try {
    return (await calls.stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Makes a folder and its parents, not by `mkdir` with `recursive`: that never ends where a folder is there and refuses
 * new ones with ENOENT, as /proc.
 */
async function makeWithParents(path: string, mode: number, calls: FileCalls): Promise<void> {
  if (await makeOne(path, mode, calls)) return;
  if (dirname(path) !== path) {
    await makeWithParents(dirname(path), mode, calls);
    await syncFolder(dirname(dirname(path)), calls);
  }
  if (await makeOne(path, mode, calls)) return;
  throw Object.assign(new Error(`${dirname(path)} takes no folders`), { code: 'EPERM' });
}

/** Makes one folder; false when there is nothing to make it in. */
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

/** Puts the names in a folder on stable storage: without it, a new file can be gone after a power loss. */
export async function syncFolder(path: string, calls: FileCalls = nodeFiles): Promise<void> {
  const handle = await calls.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
