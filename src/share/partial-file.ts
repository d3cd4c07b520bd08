/**
 * What of a download is on the disk so far, beside the file that it will be:
 *
 *     plan.iso                            the file, once it is whole and verified
 *     .plan.iso.9f86d0….4711.part         its first bytes; of which file they are (SHA-256), and who writes them (pid)
 *
 * A process that was killed leaves such a file behind, and the next download goes on with it. It is never one that
 * a living process may still write to.
 */
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from '../io/files/calls.ts';
import { readFully, removeFile, writeFully } from '../io/files/files.ts';
import { syncFolder } from '../io/files/folders.ts';

/** Of the file's own name, so that the whole of it fits into the 255 bytes that a name may have. */
const nameBytesMax = 120;

/** The first bytes of a file, left behind by somebody. */
export interface Remains {
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** The longest remains of a download to `target` that nobody works on any more. */
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

  /** A new one, or what is left of an earlier one, for the file of that SHA-256 that shall be at `target`. */
  static async open(target: string, sha256: string, remains?: Remains): Promise<PartialFile> {
    const path = join(dirname(target), `.${shortName(target)}.${sha256}.${process.pid}.part`);
    if (remains !== undefined && remains.path !== path) await rename(remains.path, path);
    const how = remains === undefined ? constants.O_CREAT | constants.O_EXCL : 0;
    const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | how, 0o666);
    return new PartialFile(handle, path, target, remains?.size ?? 0);
  }

  /** Hands over what is there already, in order. */
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
   * It is whole: makes it the file that it should be, durably, at once. Fails with EEXIST when something is there
   * already, unless `overwrite`.
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

/** `link` fails where something is, `rename` would replace it. */
async function renameWhereNothingIs(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    const linkless = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].some((code) => isSystemError(error, code));
    if (!linkless || (await isThere(to))) throw error;
    // A file system without hard links, such as FAT. Who puts a file there in this very moment loses it.
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

/** Cut between two characters. */
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
