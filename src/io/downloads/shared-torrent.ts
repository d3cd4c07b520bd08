/**
 * A complete torrent, read where it lies: a file of the user's own, or an earlier download. It is never written and
 * never removed. As soon as one of its files is not as it was when it was hashed, as far as size, time and inode tell,
 * nothing of it is given any more.
 *
 *     const origin = await originOf('/home/ann/some.txt');           // before it is hashed, to make a torrent of it
 *     const shared = await openComplete({ path: '/home/ann/some.txt', file, origin });
 *     await shared.read(0, into);
 *     remember(shared.origin);                                      // so that the next start need not hash it
 */

import { Gate } from '../../async/gate.ts';
import { type Metainfo, pieceCount } from '../../protocols/metainfo/types.ts';
import { type FileCalls, isSystemError, nodeFiles } from '../files/calls.ts';
import { DescriptorCache } from '../files/descriptor-cache.ts';
import { attempt, DownloadError } from './download-error.ts';
import { type FileMark, seeFile } from './file-mark.ts';
import { Layout } from './layout.ts';
import { seeFiles } from './make-files.ts';
import { type CheckOptions, checkPieces } from './piece-check.ts';
import { TorrentFiles } from './torrent-files.ts';

/** The path of a torrent's files and their marks: strings only, fit for JSON. */
export interface Origin {
  /** The path, absolute, with no symbolic link in it. */
  readonly path: string;
  /** The mark of each file that is no padding, in the order of the torrent. */
  readonly marks: readonly FileMark[];
}

export interface CompleteOptions extends CheckOptions {
  /** The file, or the folder of a torrent of several. */
  readonly path: string;
  readonly file: Metainfo;
  /** The files as they were once: if they still are, they are trusted to be `file`, and not hashed. */
  readonly origin?: Origin | undefined;
  /** The cache of open files that several torrents share. */
  readonly descriptors?: DescriptorCache | undefined;
  readonly calls?: FileCalls | undefined;
}

const descriptorsMax = 64;

/**
 * Opens what is at `path`, which may be a link. Throws a DownloadError, `changed` when it is not all that `file`
 * describes; or what `signal` was aborted with.
 */
export async function openComplete(options: CompleteOptions): Promise<SharedTorrent> {
  const shared = await attempt(`looking at ${options.path}`, () => openIfComplete(options));
  if (shared !== undefined) return shared;
  throw new DownloadError('changed', `${options.path} is not there, or not what the torrent describes`);
}

/** Opens what is at `path` as `openComplete` does; undefined when there is nothing, or it is not complete. */
export async function openIfComplete(options: CompleteOptions): Promise<SharedTorrent | undefined> {
  const { path, file, origin, calls = nodeFiles } = options;
  const { descriptors = new DescriptorCache(calls, descriptorsMax) } = options;
  const root = await realPath(path, calls);
  if (root === undefined) return undefined;
  const files = new TorrentFiles(new Layout(file), { root, writable: false, descriptors, calls });
  const marks = await marksOf(files);
  if (marks === undefined) return undefined;
  const shared = new SharedTorrent(files, { path: root, marks });
  if (origin?.path === root && marks.every((mark, index) => mark === origin.marks[index])) return shared;
  const whole = await isComplete(files, options).finally(() => files.close());
  return whole && !(await shared.check()) ? shared : undefined;
}

async function realPath(path: string, calls: FileCalls): Promise<string | undefined> {
  try {
    return await calls.realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isSystemError(error, code))) return undefined;
    throw error;
  }
}

/**
 * The file at `path` as it is now, for a torrent of that one file: to be asked before it is hashed. Throws a
 * DownloadError.
 */
export function originOf(path: string, calls: FileCalls = nodeFiles): Promise<Origin> {
  return attempt(`looking at ${path}`, async () => {
    const real = await realPath(path, calls);
    const seen = real === undefined ? undefined : await seeFile(real, calls);
    if (real === undefined || seen === undefined) throw new DownloadError('changed', `${path} is not a file`);
    return { path: real, marks: [seen.mark] };
  });
}

export class SharedTorrent {
  readonly origin: Origin;
  readonly #files: TorrentFiles;
  readonly #gate = new Gate();
  #changed = false;
  #closed: Promise<void> | undefined;

  constructor(files: TorrentFiles, origin: Origin) {
    this.#files = files;
    this.origin = origin;
  }

  /** Whether a file was seen to differ from what it was. Once it did, that stays so. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Looks at all files again, and tells whether one has `changed`. */
  async check(): Promise<boolean> {
    await this.#look(this.#files.layout.files.keys());
    return this.#changed;
  }

  /** Fills `into`, which is exactly as long as the piece. Throws a DownloadError: `changed`, or `io`. */
  read(pieceIndex: number, into: Uint8Array): Promise<void> {
    return attempt(`reading ${this.origin.path}`, () => this.#gate.run(() => this.#read(pieceIndex, into)));
  }

  /** Settles once nobody reads any more and the files are closed. */
  close(): Promise<void> {
    this.#closed ??= this.#gate.shut().then(() => this.#files.close());
    return this.#closed;
  }

  async #read(pieceIndex: number, into: Uint8Array): Promise<void> {
    const failure = await this.#files.readPiece(pieceIndex, into).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    // Asked after the reading, so that a change before it is seen; a file that is gone is a change, not a failure.
    await this.#look(this.#files.layout.filesOf(pieceIndex));
    if (this.#changed) throw new DownloadError('changed', `${this.origin.path} is not as it was`);
    if (failure !== undefined) throw failure.error;
  }

  async #look(indices: Iterable<number>): Promise<void> {
    for (const file of indices) {
      this.#changed ||= (await this.#files.see(file))?.mark !== this.origin.marks[file];
    }
  }
}

/** The marks of the files; undefined when one is not there, or not as long as it should be. */
async function marksOf(files: TorrentFiles): Promise<FileMark[] | undefined> {
  const seen = await seeFiles(files);
  const complete = files.layout.files.every(({ length }, file) => seen[file]?.size === length);
  return complete ? seen.flatMap((file) => file?.mark ?? []) : undefined;
}

async function isComplete(files: TorrentFiles, options: CheckOptions): Promise<boolean> {
  const parts = Array.from({ length: pieceCount(files.layout.torrent) }, (_, pieceIndex) => pieceIndex);
  for await (const { good } of checkPieces(files, parts, options)) if (!good) return false;
  return true;
}
