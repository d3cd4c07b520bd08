/**
 * An unfinished download on the disk, beside the file that it will be:
 *
 *     plan.iso                            the file, once it is complete and verified
 *     .plan.iso.9f86d0….4711.part         its first bytes; the name has the file's SHA-256, and the pid of the writer
 *
 * A process that was killed leaves such a file behind, and the next download goes on with it, unless a living process
 * may still write to it.
 */
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from '../io/files/calls.ts';
import { readFully, removeFile, writeFully } from '../io/files/files.ts';
import { syncFolder } from '../io/files/folders.ts';

/** Bytes of the file's own name in the name of the partial file, which may have 255 in all. */
const nameBytesMax = 120;

/** The first bytes of a file, left behind by an earlier download. */
export interface Remains {
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** The longest remains of a download to `target` that no living process works on. */
export async function findRemains(target: string): Promise<Remains | undefined> {
  const folder = dirname(target);
  const prefix = `.${shortName(target)}.`;
  let best: Remains | undefined;
  for (const name of await readdir(folder)) {
    const [, sha256 = '', pid] = name.startsWith(prefix) ? (partForm.exec(name.slice(prefix.length)) ?? []) : [];
    if (pid === undefined || isOthers(Number(pid))) continue;
    const path = join(folder, name);
    const { size } = await lstat(path);
    if (best === undefined || size > best.size) best = { path, sha256, size };
  }
  return best;
}

const partForm = /^([0-9a-f]{64})\.(\d{1,10})\.part$/;

/** A partial file that is open to be written to. */
export class PartialFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #target: string;
  #size: number;

  private constructor(handle: FileHandle, path: string, target: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.#target = target;
    this.#size = size;
  }

  /** Opens a new partial file, or `remains`, for the file with that SHA-256 that shall be at `target`. */
  static async open(target: string, sha256: string, remains?: Remains): Promise<PartialFile> {
    const path = join(dirname(target), `.${shortName(target)}.${sha256}.${process.pid}.part`);
    if (remains !== undefined && remains.path !== path) await rename(remains.path, path);
    const how = remains === undefined ? constants.O_CREAT | constants.O_EXCL : 0;
    const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | how, 0o666);
    return new PartialFile(handle, path, target, remains?.size ?? 0);
  }

  /** Hands over the bytes that are there already, in order. */
  async readAll(onBytes: (bytes: Buffer) => void): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(256 * 1024);
    for (let position = 0; position < this.#size; ) {
      const bytes = await readFully(this.#handle, buffer.subarray(0, this.#size - position), position);
      if (bytes === 0) throw new Error(`${this.#path} became shorter`);
      onBytes(buffer.subarray(0, bytes));
      position += bytes;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeFully(this.#handle, bytes, this.#size);
    this.#size += bytes.length;
  }

  /**
   * Gives the complete file its name, durably and atomically. Fails with EEXIST when something has that name, unless
   * `overwrite`.
   */
  async publish(overwrite: boolean): Promise<void> {
    await this.#handle.sync();
    if (overwrite) await rename(this.#path, this.#target);
    else await renameWhereNothingIs(this.#path, this.#target);
    await syncFolder(dirname(this.#target));
  }

  async discard(): Promise<void> {
    await removeFile(this.#path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Renames without replacing: `link` fails where something is, `rename` would replace it. */
async function renameWhereNothingIs(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    const linkless = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].some((code) => isSystemError(error, code));
    if (!linkless || (await isThere(to))) throw error;
    // A file system without hard links, such as FAT: a file that is put there in this very moment is lost.
    await rename(from, to);
  }
}

/** Whether something has that name, be it a link to nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The file's name, cut between two characters. */
function shortName(target: string): string {
  let name = '';
  for (const character of basename(target)) {
    if (Buffer.byteLength(name + character) > nameBytesMax) break;
    name += character;
  }
  return name;
}

/** Whether another process has that number. */
function isOthers(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isSystemError(error, 'ESRCH'); // EPERM: somebody else's process
  }
}
