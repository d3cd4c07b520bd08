/**
 * The last step of a download: the complete files get the name that the user will see. After a crash at any point
 * either the old or the new one has it, or the old one is kept aside and gets it back at the next start.
 */
import { dirname } from 'node:path';
import { type FileCalls, isSystemError } from '../files/calls.ts';
import { isThere, removeTree } from '../files/files.ts';
import { syncFolder } from '../files/folders.ts';
import { DownloadError } from './download-error.ts';

export interface Move {
  readonly from: string;
  /** The final path, in another folder of the same file system. */
  readonly to: string;
  /** Whether `from` is a folder. */
  readonly isFolder: boolean;
  readonly overwrite: boolean;
  /** The path that something in the way, which no rename can replace, has for a moment. */
  readonly aside: string;
}

/**
 * Gives the files their final name, which is not durable yet. The old name may stay until its folder is removed. Throws
 * a DownloadError, `target-exists`, or what the system throws; then all is as it was.
 */
export async function takeFinalName(move: Move, calls: FileCalls): Promise<void> {
  if (move.overwrite) await replace(move, calls);
  else if (move.isFolder) await renameFolder(move, calls);
  else await nameFile(move, calls);
}

/** Settles once the name is durable. Throws what the system throws. */
export async function settleFinalName({ from, to }: Move, calls: FileCalls): Promise<void> {
  await syncFolder(dirname(to), calls);
  await syncFolder(dirname(from), calls);
}

/** Gives what was put aside its name back; it stays where it is when something else has that name. */
export async function putBack(aside: string, to: string, calls: FileCalls): Promise<void> {
  if (!(await isThere(aside, calls)) || (await isThere(to, calls))) return;
  await calls.rename(aside, to);
  await syncFolder(dirname(to), calls);
}

async function replace({ from, to, isFolder, aside }: Move, calls: FileCalls): Promise<void> {
  const inTheWay = (await isThere(to, calls)) && (isFolder || (await calls.lstat(to)).isDirectory());
  if (!inTheWay) return await calls.rename(from, to);
  // What had the name when an earlier try was cut off: that might be replaced as well.
  if (await isThere(aside, calls)) await removeTree(aside, calls);
  await calls.rename(to, aside);
  await syncFolder(dirname(to), calls);
  await syncFolder(dirname(aside), calls);
  try {
    await calls.rename(from, to);
  } catch (error) {
    await putBack(aside, to, calls);
    throw error;
  }
}

async function renameFolder({ from, to }: Move, calls: FileCalls): Promise<void> {
  if (await isThere(to, calls)) throw targetExists(to, from);
  try {
    // Of what may have come this very moment, it would replace an empty folder only.
    await calls.rename(from, to);
  } catch (error) {
    const taken = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].some((code) => isSystemError(error, code));
    throw taken ? targetExists(to, from) : error;
  }
}

/**
 * Gives a file its name by a hard link: unlike a rename, that never replaces what may have come this very moment. The
 * first one goes with the folder that it is in.
 */
async function nameFile({ from, to }: Move, calls: FileCalls): Promise<void> {
  try {
    await calls.link(from, to);
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw targetExists(to, from);
    if (isSystemError(error, 'ENOENT')) throw error;
    // A file system without second names.
    if (await isThere(to, calls)) throw targetExists(to, from);
    await calls.rename(from, to);
  }
}

function targetExists(to: string, from: string): DownloadError {
  const what = `${to} is there now, and was not when the download began`;
  return new DownloadError('target-exists', `${what}. What was downloaded is whole, in ${from}: move one of the two`);
}
