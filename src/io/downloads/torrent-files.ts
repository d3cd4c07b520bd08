/**
 * The bytes of a torrent in its files on the disk, read and written by their place in the whole. It knows no piece that
 * is good or missing; the files are there, at their full sizes.
 */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { Semaphore } from '../../async/semaphore.ts';
import { pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import type { FileCalls, FileHandle } from '../files/calls.ts';
import type { DescriptorCache } from '../files/descriptor-cache.ts';
import { readFully, writeFully } from '../files/files.ts';
import { DownloadError } from './download-error.ts';
import { type SeenFile, seeFile } from './file-mark.ts';
import type { LaidFile, Layout } from './layout.ts';
import { isZeros } from './zeros.ts';

/**
 * Files that are worked with at once. Thousands of pieces may wait to be written, each to files of its own; a process
 * may usually have 1024 files open, and Node works with four at a time.
 */
const usesMax = 32;

export interface TorrentFilesOptions {
  /** The file, or the folder of a torrent of several. */
  readonly root: string;
  readonly writable: boolean;
  readonly descriptors: DescriptorCache;
  readonly calls: FileCalls;
}

export class TorrentFiles {
  readonly layout: Layout;
  readonly root: string;
  readonly #descriptors: DescriptorCache;
  readonly #uses = new Semaphore(usesMax);
  readonly #calls: FileCalls;
  readonly #flags: number;

  constructor(layout: Layout, { root, writable, descriptors, calls }: TorrentFilesOptions) {
    this.layout = layout;
    this.root = root;
    this.#descriptors = descriptors;
    this.#calls = calls;
    // Without O_NONBLOCK, a FIFO that has taken a file's place would block the thread that opens it.
    this.#flags = (writable ? constants.O_RDWR : constants.O_RDONLY) | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  }

  pathOf(file: number): string {
    return join(this.root, ...(this.layout.files[file] as LaidFile).path);
  }

  /** The file at the path of a file now; undefined when there is none. */
  see(file: number): Promise<SeenFile | undefined> {
    return seeFile(this.pathOf(file), this.#calls);
  }

  /** Fills `into`, which is exactly as long as the piece. Throws DownloadError, or what the system throws. */
  async readPiece(pieceIndex: number, into: Uint8Array): Promise<void> {
    this.#checkLength(pieceIndex, into);
    await this.read(pieceOffset(this.layout.torrent, pieceIndex), into);
  }

  /** Fills `into` with the bytes from `offset` on. Throws DownloadError, or what the system throws. */
  async read(offset: number, into: Uint8Array): Promise<void> {
    for (const { file, position, start, length } of this.layout.spans(offset, into.length)) {
      const bytes = into.subarray(start, start + length);
      if (file === undefined) bytes.fill(0);
      else await this.#readFrom(file, bytes, position);
    }
  }

  /** Writes a piece, which must be all there is of it. Throws DownloadError, or what the system throws. */
  async writePiece(pieceIndex: number, bytes: Uint8Array): Promise<void> {
    this.#checkLength(pieceIndex, bytes);
    for (const { file, position, start, length } of this.layout.spansOf(pieceIndex)) {
      const span = bytes.subarray(start, start + length);
      if (file !== undefined) await this.#use(file, (handle) => writeFully(handle, span, position));
      else if (!isZeros(span)) throw new DownloadError('bad-torrent', 'A padding of the torrent is not zeros (BEP 47)');
    }
  }

  /** Puts what was written to a file on stable storage. */
  async datasync(file: number): Promise<void> {
    await this.#use(file, (handle) => handle.datasync());
  }

  /** Closes the files once nobody works with them, all of them whatever fails. They may be used again. */
  async close(): Promise<void> {
    const closing = Array.from(this.layout.files.keys(), (file) => this.#descriptors.forget(this.pathOf(file)));
    const failed = (await Promise.allSettled(closing)).find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #readFrom(file: number, into: Uint8Array, position: number): Promise<void> {
    const count = await this.#use(file, (handle) => readFully(handle, into, position));
    if (count < into.length) throw new DownloadError('changed', `${this.pathOf(file)} is shorter than it was`);
  }

  #use<Result>(file: number, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    return this.#uses.run(() => this.#descriptors.use(this.pathOf(file), this.#flags, work));
  }

  #checkLength(pieceIndex: number, bytes: Uint8Array): void {
    const size = pieceSize(this.layout.torrent, pieceIndex);
    if (bytes.length !== size) throw new RangeError(`piece ${pieceIndex} has ${size} bytes, not ${bytes.length}`);
  }
}
