/**
 * The folder of a download while it is not complete, and for one process at a time:
 *
 *     DIR/ID.part/data/NAME      the file, or the folder of a torrent of several
 *     DIR/ID.part/state          what is known to be there (saved-state.ts)
 *     DIR/ID.part/info           the torrent's info dictionary (stored-info.ts)
 *     DIR/ID.part/aside          what was called NAME before, while the new one takes its place (final-place.ts)
 *     DIR/ID.part/owner.PID.N    whose it is (folder-lock.ts)
 *
 * Only its owner may look into it. What somebody else has put there under its name is not trusted.
 */
import { join } from 'node:path';
import type { TorrentId } from '../../bytes/ids.ts';
import { type FileCalls, isSystemError } from '../files/calls.ts';
import { removeTree } from '../files/files.ts';
import { type FolderLock, FolderTakenError, lockFolder } from '../files/folder-lock.ts';
import { syncFolder } from '../files/folders.ts';
import { DownloadError } from './download-error.ts';

export function partFolderPath(directory: string, id: TorrentId): string {
  return join(directory, `${id}.part`);
}

/** A process has one note for all its downloads, so two of its own are told apart here. By their real paths. */
const claimed = new Set<string>();

export class PartFolder {
  readonly path: string;
  /** Whether the folder was there before. */
  readonly found: boolean;
  readonly #calls: FileCalls;
  readonly #claim: string;
  readonly #lock: FolderLock;

  private constructor(path: string, found: boolean, calls: FileCalls, claim: string, lock: FolderLock) {
    this.path = path;
    this.found = found;
    this.#calls = calls;
    this.#claim = claim;
    this.#lock = lock;
  }

  /**
   * Takes the folder in `directory`, and makes it where it is not there. Throws DownloadError, or what the system
   * throws.
   */
  static async take(directory: string, id: TorrentId, calls: FileCalls): Promise<PartFolder> {
    const path = partFolderPath(directory, id);
    const claim = partFolderPath(await calls.realpath(directory), id);
    if (claimed.has(claim)) throw inUse(path, process.pid);
    claimed.add(claim);
    try {
      const found = !(await makeNew(path, calls));
      if (found) await checkOwn(path, calls);
      await calls.chmod(path, 0o700);
      await syncFolder(directory, calls);
      return new PartFolder(path, found, calls, claim, await lockFolder(path, calls));
    } catch (error) {
      claimed.delete(claim);
      throw error instanceof FolderTakenError ? inUse(path, error.pid) : error;
    }
  }

  get statePath(): string {
    return join(this.path, 'state');
  }

  get asidePath(): string {
    return join(this.path, 'aside');
  }

  dataPath(name: string): string {
    return join(this.path, 'data', name);
  }

  /** Leaves the folder to whoever comes next. */
  async release(): Promise<void> {
    await this.#lock.release();
    claimed.delete(this.#claim);
  }

  /** Removes the folder with all that is in it. Throws what the system throws; the folder is released all the same. */
  async remove(): Promise<void> {
    try {
      for (const name of await this.#calls.readdir(this.path)) {
        // It is ours as long as the note is there.
        if (!name.startsWith('owner.')) await removeTree(join(this.path, name), this.#calls);
      }
    } finally {
      await this.release();
    }
    try {
      await this.#calls.rmdir(this.path);
    } catch (error) {
      // The next one has taken it already.
      if (!isSystemError(error, 'ENOTEMPTY') && !isSystemError(error, 'ENOENT')) throw error;
    }
  }
}

/** Makes the folder; false when there is something of its name. */
async function makeNew(path: string, calls: FileCalls): Promise<boolean> {
  try {
    await calls.mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
}

async function checkOwn(path: string, calls: FileCalls): Promise<void> {
  const stats = await calls.lstat(path);
  if (!stats.isDirectory()) throw new DownloadError('io', `${path} is in the way: it is no folder. Remove it`);
  const user = process.geteuid?.();
  if (user === undefined || stats.uid === user) return;
  const advice = 'Go on as that user, or remove it';
  throw new DownloadError('io', `${path} belongs to the user with the number ${stats.uid}. ${advice}`);
}

function inUse(path: string, pid: number): DownloadError {
  const by = pid === process.pid ? 'by this process' : `by process ${pid}`;
  return new DownloadError('in-use', `It is being downloaded there already, ${by} (${path})`);
}
