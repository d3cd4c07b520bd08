/**
 * The file calls of one program on a cached disk: paths and open files on one side, changes on the other. The calls
 * fail as the system's do. What it leaves out: symbolic links, permissions, times, and a disk that is full.
 *
 *     const program = new DiskProgram(disk, { onStep: () => moments.push(disk.moment) });
 *     await Journal.open('/metadata/journal', { apply, snapshot, calls: program });
 */
import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FileCalls, FileHandle } from '../../io/files/calls.ts';
import type { CachedDisk } from './cached-disk.ts';
import { type Change, type Inode, type Place, root } from './tree.ts';

export interface ProgramOptions {
  /** Called before everything that changes the disk, or what survives of it. */
  readonly onStep?: () => void;
  /** Whether the fsync of a path does what it should: all do, unless something is broken on purpose. */
  readonly syncs?: (path: string) => boolean;
  /** Waits as long as the disk takes. */
  readonly work?: () => Promise<void>;
}

/** The free bytes of a disk that never gets full. */
const freeSpace = { bavail: 1e9, bsize: 1 };

export class DiskProgram implements FileCalls {
  readonly #disk: CachedDisk;
  readonly #options: ProgramOptions;
  readonly #openFiles = new Set<FileHandle>();
  #killed = false;

  constructor(disk: CachedDisk, options: ProgramOptions = {}) {
    this.#disk = disk;
    this.#options = options;
  }

  /** The number of files that are open. */
  get openFiles(): number {
    return this.#openFiles.size;
  }

  /** Kills the program, as kill -9 does: none of its calls is done, or returns, any more. */
  kill(): void {
    this.#killed = true;
  }

  async open(path: string, flags: number): Promise<FileHandle> {
    await this.#work();
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const found = this.#find(path);
    if (found !== undefined && has(constants.O_EXCL)) throw failure('EEXIST', path);
    if (found === undefined && !has(constants.O_CREAT)) throw failure('ENOENT', path);
    const inode = found ?? this.#make(path, 'file');
    const bytes = this.#disk.live.file(inode);
    if (bytes === undefined && has(constants.O_WRONLY | constants.O_RDWR)) throw failure('EISDIR', path);
    if (bytes !== undefined && has(constants.O_DIRECTORY)) throw failure('ENOTDIR', path);
    if (bytes !== undefined && bytes.length > 0 && has(constants.O_TRUNC)) this.#resize(inode, 0);
    return this.#handle(path, inode);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#work();
    const of = this.#inode(from);
    const is = this.#kindOf(of);
    const inTheWay = this.#find(to);
    if (inTheWay !== undefined) this.#checkReplaced(to, inTheWay, is);
    this.#do({ kind: 'rename', from: this.#place(from), to: this.#place(to), of, is });
  }

  async link(from: string, to: string): Promise<void> {
    await this.#work();
    const of = this.#inode(from);
    if (this.#kindOf(of) === 'folder') throw failure('EPERM', from);
    if (this.#find(to) !== undefined) throw failure('EEXIST', to);
    this.#do({ kind: 'name', at: this.#place(to), of, is: 'file' });
  }

  async unlink(path: string): Promise<void> {
    await this.#work();
    if (this.#disk.live.file(this.#inode(path)) === undefined) throw failure('EISDIR', path);
    this.#do({ kind: 'unlink', at: this.#place(path) });
  }

  async mkdir(path: string): Promise<void> {
    await this.#work();
    if (this.#find(path) !== undefined) throw failure('EEXIST', path);
    this.#make(path, 'folder');
  }

  async rmdir(path: string): Promise<void> {
    await this.#work();
    if (this.#names(this.#inode(path), path).size > 0) throw failure('ENOTEMPTY', path);
    this.#do({ kind: 'unlink', at: this.#place(path) });
  }

  async readdir(path: string): Promise<string[]> {
    await this.#work();
    return [...this.#names(this.#inode(path), path).keys()];
  }

  /** Does nothing: there is nobody to be kept out. */
  async chmod(path: string): Promise<void> {
    await this.#work();
    this.#inode(path);
  }

  stat(path: string, options?: { readonly bigint: true }): Promise<never> {
    return this.lstat(path, options);
  }

  /** The stats of a file. There are no links, and nobody but us; and no times, so none that tells of a change. */
  async lstat(path: string, options?: { readonly bigint: true }): Promise<never> {
    await this.#work();
    const ino = this.#inode(path);
    const size = this.#disk.live.file(ino)?.length ?? 0;
    const isFile = this.#kindOf(ino) === 'file';
    const kind = { isFile: () => isFile, isDirectory: () => !isFile, uid: process.geteuid?.() };
    if (options?.bigint) return { ...kind, size: BigInt(size), ino: BigInt(ino), mtimeNs: 0n } as never;
    return { ...kind, size, ino } as never;
  }

  async realpath(path: string): Promise<string> {
    await this.#work();
    this.#inode(path);
    return path;
  }

  async punchHoles(path: string, places: readonly { readonly offset: number; readonly size: number }[]): Promise<void> {
    await this.#work();
    const file = this.#inode(path);
    for (const { offset, size } of places) {
      this.#do({ kind: 'bytes', file, position: offset, bytes: new Uint8Array(size) });
    }
  }

  async statfs(): Promise<typeof freeSpace> {
    await this.#work();
    return freeSpace;
  }

  #handle(path: string, inode: Inode): FileHandle {
    const content = (): Uint8Array => this.#disk.live.file(inode) ?? new Uint8Array();
    const sync = async (): Promise<void> => {
      await this.#work();
      this.#options.onStep?.();
      if (this.#options.syncs?.(path) ?? true) this.#disk.sync(inode);
    };
    const file: FileHandle = {
      read: async (into, offset, length, position) => {
        await this.#work();
        const bytes = content().subarray(position, position + length);
        into.set(bytes, offset);
        return { bytesRead: bytes.length };
      },
      write: async (bytes, offset, length, position) => {
        // The system takes the bytes at some time during the call.
        const taken = Uint8Array.from(bytes.subarray(offset, offset + length));
        await this.#work();
        this.#write(inode, position, taken);
        return { bytesWritten: length };
      },
      truncate: async (length) => {
        await this.#work();
        if (content().length !== length) this.#resize(inode, length);
      },
      sync,
      datasync: sync,
      close: async () => {
        this.#openFiles.delete(file);
      },
    };
    this.#openFiles.add(file);
    return file;
  }

  #write(file: Inode, position: number, bytes: Uint8Array): void {
    this.#options.onStep?.();
    const end = position + bytes.length;
    const grows = end > (this.#disk.live.file(file)?.length ?? 0);
    if (grows) this.#disk.do({ kind: 'size', file, size: end });
    this.#disk.do({ kind: 'bytes', file, position, bytes });
  }

  #resize(file: Inode, size: number): void {
    this.#do({ kind: 'size', file, size });
  }

  #kindOf(inode: Inode): 'file' | 'folder' {
    return this.#disk.live.file(inode) === undefined ? 'folder' : 'file';
  }

  /** Checks that a file takes the place of a file, a folder that of an empty one. */
  #checkReplaced(path: string, inode: Inode, by: 'file' | 'folder'): void {
    const names = this.#disk.live.folder(inode);
    if (by === 'file' && names !== undefined) throw failure('EISDIR', path);
    if (by === 'folder' && names === undefined) throw failure('ENOTDIR', path);
    if (names !== undefined && names.size > 0) throw failure('ENOTEMPTY', path);
  }

  #make(path: string, is: 'file' | 'folder'): Inode {
    const at = this.#place(path);
    const of = this.#disk.live.newInode();
    this.#do({ kind: 'name', at, of, is });
    return of;
  }

  #do(change: Change): void {
    this.#options.onStep?.();
    this.#disk.do(change);
  }

  async #work(): Promise<void> {
    if (!this.#killed) await this.#options.work?.();
    if (this.#killed) await new Promise(() => {});
  }

  #place(path: string): Place {
    return { folder: this.#inode(dirname(path)), name: basename(path) };
  }

  #inode(path: string): Inode {
    const inode = this.#find(path);
    if (inode === undefined) throw failure('ENOENT', path);
    return inode;
  }

  #find(path: string): Inode | undefined {
    let inode: Inode | undefined = root;
    for (const name of path.split('/').filter((name) => name !== '')) {
      inode = this.#names(inode, path).get(name);
      if (inode === undefined) return undefined;
    }
    return inode;
  }

  #names(folder: Inode, path: string): ReadonlyMap<string, Inode> {
    const names = this.#disk.live.folder(folder);
    if (names === undefined) throw failure('ENOTDIR', path);
    return names;
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
