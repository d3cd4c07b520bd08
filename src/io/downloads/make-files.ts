/**
 * The files of a download at their full sizes, sparse, and the folders that they lie in. Files that are there keep what
 * is in them. Nothing is made through a link, nor on what is no file.
 */
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { inParallel } from '../../async/in-parallel.ts';
import { type FileCalls, isSystemError } from '../files/calls.ts';
import { DownloadError } from './download-error.ts';
import type { SeenFile } from './file-mark.ts';
import type { TorrentFiles } from './torrent-files.ts';

/** Files looked at at once: with ten thousand of them, waiting for the disk one by one takes seconds. */
const filesMax = 8;

/** The file at the path of each file now; undefined where there is none. */
export async function seeFiles(files: TorrentFiles): Promise<(SeenFile | undefined)[]> {
  const seen: (SeenFile | undefined)[] = Array.from({ length: files.layout.files.length });
  await inParallel(seen.keys(), filesMax, async (file) => {
    seen[file] = await files.see(file);
  });
  return seen;
}

/**
 * Makes what is missing of `files`, which look as `seen` now, and returns what they look like then. The folder around
 * all of them is made too, but not those around that. Throws DownloadError, or what the system throws.
 */
export async function makeFiles(
  files: TorrentFiles,
  seen: readonly (SeenFile | undefined)[],
  calls: FileCalls,
): Promise<SeenFile[]> {
  const made = [...seen];
  await makePlainFolder(dirname(files.root), calls);
  for (const folder of files.layout.folders) await makePlainFolder(join(files.root, ...folder), calls);
  await inParallel(files.layout.files.entries(), filesMax, async ([file, { length }]) => {
    if (seen[file]?.size === length) return;
    await makeFile(files.pathOf(file), length, seen[file] === undefined, calls);
    made[file] = await files.see(file);
  });
  return made.map((file, index) => file ?? notAFile(files.pathOf(index)));
}

async function makeFile(path: string, length: number, isNew: boolean, calls: FileCalls): Promise<void> {
  const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK, O_CREAT, O_EXCL } = constants;
  const flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | (isNew ? O_CREAT | O_EXCL : 0);
  try {
    const handle = await calls.open(path, flags, 0o666);
    try {
      await handle.truncate(length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw isSystemError(error, 'EEXIST') ? notAFile(path) : error;
  }
}

async function makePlainFolder(path: string, calls: FileCalls): Promise<void> {
  try {
    await calls.mkdir(path, { mode: 0o777 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    if (!(await calls.lstat(path)).isDirectory()) {
      throw new DownloadError('changed', `${path} is in the way: it should be a folder. Remove it, and start again`);
    }
  }
}

function notAFile(path: string): never {
  throw new DownloadError('changed', `${path} is in the way: it should be a file. Remove it, and start again`);
}
