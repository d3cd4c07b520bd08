/**
 * Pieces on disk: those that a storage peer keeps in its folder, and the server in `temp/`. The store knows pieces by
 * file and index, and checks their hashes when it takes them; it never knows who asks or why.
 *
 *     const store = await PieceStore.open('peers/p1', { log });
 *     await store.write(file, { pieceIndex: 0, offset: 0, sha1, bytes });     // listed and readable from here on
 *     await store.sync(file);                                          // and durable from here on
 *     await store.dropPiece(file, 0);                                  // no more; its space is free after a sync
 *
 * In the folder, per file (ID is its 40 hex digits; no name of a user's ever becomes a path):
 *
 *     ID.data      the bytes, sparse, each piece where it lies in the file
 *     ID.index     which pieces are there, with their hashes (pieces/index-line.ts)
 *     ID.shared    which pieces a file of the user's own has, elsewhere, and where
 *     aside/       files that were dropped, for a while (asides.ts)
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { inParallel } from '../../async/in-parallel.ts';
import { KeyedLock } from '../../async/keyed-lock.ts';
import { parseTorrentId, type TorrentId } from '../../bytes/ids.ts';
import type { HeldFile, PieceRecord, PieceToStore } from '../../bytes/pieces.ts';
import { type FileCalls, nodeFiles } from '../files/calls.ts';
import { DescriptorCache } from '../files/descriptor-cache.ts';
import { newSuffix, removeFile } from '../files/files.ts';
import { makeFolder } from '../files/folders.ts';
import type { Log } from '../log.ts';
import { type AsideOptions, type Asides, noAsides } from './aside/asides.ts';
import type { SharedOrigin } from './index-line.ts';
import type { InfoFiles } from './info-files.ts';
import { Lending } from './lending.ts';
import { originOf } from './lent-file.ts';
import { OwnFiles } from './own-files.ts';
import { piecesInFile } from './pieces-in-file.ts';
import { StoreError, storeError } from './store-error.ts';

export { StoreError, type StoreErrorCode } from './store-error.ts';

/** Open data files; far below the 1024 descriptors that a process usually may have. */
const descriptorsMax = 64;
/** Files looked at at once at the start: with ten thousand of them, waiting for the disk one by one takes seconds. */
const loadsMax = 16;

export interface PieceStoreOptions {
  readonly log: Log;
  /** Replaced in tests of a failing disk. */
  readonly calls?: FileCalls;
  /** The time for which dropped files are put aside; not at all when absent. */
  readonly aside?: AsideOptions;
}

export class PieceStore {
  readonly #directory: string;
  readonly #log: Log;
  readonly #calls: FileCalls;
  readonly #descriptors: DescriptorCache;
  readonly #files: OwnFiles;
  readonly #lending: Lending;
  /** Held while what lies under a file's names on the disk is replaced. */
  readonly #names = new KeyedLock<TorrentId>();

  private constructor(directory: string, { log, calls = nodeFiles, aside = noAsides }: PieceStoreOptions) {
    this.#directory = directory;
    this.#log = log;
    this.#calls = calls;
    this.#descriptors = new DescriptorCache(calls, descriptorsMax);
    this.#lending = new Lending(this.#descriptors, calls, log);
    this.#files = new OwnFiles(directory, this.#descriptors, { log, calls, aside });
  }

  /** Opens the store in `directory`, which is made (mode 0700) if it is not there. One process at a time may do so. */
  static async open(directory: string, options: PieceStoreOptions): Promise<PieceStore> {
    const store = new PieceStore(directory, options);
    try {
      await makeFolder(directory, 0o700, options.calls);
      await store.#files.asides.load();
      await store.#load();
    } catch (error) {
      throw storeError(`opening the pieces in ${directory}`, error);
    }
    return store;
  }

  /** The pieces that are held, of all files or of one. Files of which nothing is held are left out. */
  list(only?: TorrentId): HeldFile[] {
    const held: HeldFile[] = [];
    for (const file of only === undefined ? new Set([...this.#files.ids(), ...this.#lending.ids()]) : [only]) {
      const own = this.#files.get(file);
      const shared = this.#lending.get(file);
      // Each file is listed once: as lent only where that offers more than what is kept of it.
      if (shared !== undefined && shared.count > (own?.count ?? 0))
        held.push({ file, parts: shared.ranges, shared: true });
      else if (own !== undefined && own.count > 0) {
        const info = this.#files.infos.has(file);
        held.push({ file, parts: own.ranges, shared: false, ...(info && { info }) });
      }
    }
    return held;
  }

  /** The info dictionaries of the files that are kept. */
  get infos(): InfoFiles {
    return this.#files.infos;
  }

  /** One piece; undefined if it is not held. `offset` is where it lies on the disk: nearly always as in the file. */
  piece(file: TorrentId, pieceIndex: number): PieceRecord | undefined {
    return this.#files.get(file)?.piece(pieceIndex) ?? this.#lending.get(file)?.piece(pieceIndex);
  }

  /** Fills `into`, which is exactly as long as the piece. The bytes are not hashed again. Fails with a StoreError. */
  async read(file: TorrentId, pieceIndex: number, into: Uint8Array): Promise<void> {
    const own = this.#files.get(file);
    if (own?.piece(pieceIndex) !== undefined) return own.read(pieceIndex, into);
    await this.#lending.read(file, pieceIndex, into);
  }

  /**
   * Reads a piece from the disk and hashes it, in `memory` as long as the piece where the caller has some to spare.
   * Fails with a StoreError: `corrupt` when its bytes do not have `sha1` (40 lower-case hex digits).
   */
  async verify(file: TorrentId, pieceIndex: number, sha1: string, memory?: Uint8Array): Promise<void> {
    const bytes = memory ?? Buffer.allocUnsafeSlow(this.piece(file, pieceIndex)?.size ?? 0);
    await this.read(file, pieceIndex, bytes);
    const found = createHash('sha1').update(bytes).digest('hex');
    if (found !== sha1) throw new StoreError('corrupt', `piece ${pieceIndex} of ${file} has the hash ${found}`);
  }

  /**
   * Keeps a piece: listed and readable once this settles, durable once a later `sync` does. Fails with a StoreError:
   * `corrupt` when the bytes do not have the hash.
   */
  async write(file: TorrentId, piece: PieceToStore): Promise<void> {
    while (this.#names.has(file) || this.#files.inDoubt(file)) {
      await (this.#names.has(file) ? this.#names.settled(file) : this.#files.settle());
    }
    await this.#files.write(file, piece);
  }

  /**
   * Settles once every piece of the file that was kept before is durable, and every one that was dropped is gone from
   * the disk. Fails with a StoreError.
   */
  async sync(file: TorrentId): Promise<void> {
    const own = this.#files.get(file);
    await own?.sync();
    if (own?.vacant) await this.#alone(file, `removing ${file}`, () => this.#files.removeVacant(file));
  }

  /**
   * Gives up one piece: listed and readable no longer once this settles; gone for good, and its space free, once a
   * later `sync` does. That it is not there is no error; of a shared file nothing is given up. Fails with a StoreError.
   */
  async dropPiece(file: TorrentId, pieceIndex: number): Promise<void> {
    while (this.#names.has(file)) await this.#names.settled(file);
    await this.#files.get(file)?.drop(pieceIndex);
  }

  /**
   * Lists the file no longer, durably, and puts it aside (`restore` brings it back); a shared one is only forgotten.
   * That it is not there is no error. Fails with a StoreError.
   */
  drop(file: TorrentId): Promise<void> {
    return this.#alone(file, `removing ${file}`, async () => {
      await this.#files.putAside(file);
      await this.#forgetShared(file);
      await this.#files.settle();
    });
  }

  /** Forgets the file and frees its space at once, since it is safe elsewhere. Fails with a StoreError. */
  release(file: TorrentId): Promise<void> {
    return this.#alone(file, `removing ${file}`, async () => {
      await this.#files.remove(file);
      await this.#forgetShared(file);
    });
  }

  /** The files that were dropped and can be brought back; its owner calls `tick` every `asideTickMs`. */
  get asides(): Asides {
    return this.#files.asides;
  }

  /** Brings back, durably, what was put aside of the file; false when that is nothing. Fails with a StoreError. */
  async restore(file: TorrentId): Promise<boolean> {
    if (!this.#files.asides.has(file)) return false;
    await this.#alone(file, `bringing back ${file}`, () => this.#files.bringBack(file));
    return true;
  }

  /**
   * Takes over the complete file at `path`, on the same file system, by renaming it. Its pieces are trusted to be as
   * described. They are listed at once, and durable after `sync`. Where pieces are kept already, they may be all that
   * is left of the file until then: its bytes are copied to them instead.
   */
  async adopt(file: TorrentId, path: string, pieces: Iterable<PieceRecord>): Promise<void> {
    const records = [...pieces];
    await this.#alone(file, `taking over ${path}`, async () => {
      const stats = await this.#calls.lstat(path);
      const end = records.reduce((last, { offset, size }) => Math.max(last, offset + size), 0);
      if (!stats.isFile() || stats.size < end) throw new StoreError('corrupt', `${path} is no file of ${end} bytes`);
      if ((this.#files.get(file)?.count ?? 0) > 0) return await this.#copyIn(file, path, records);
      await this.#files.remove(file);
      if (this.#files.inDoubt(file)) await this.#files.settle();
      await this.#calls.rename(path, this.#path(file, 'data'));
      this.#files.of(file).adopt(records);
    });
  }

  /** The file at `path` as it is now, for `share`: asked before its pieces are hashed. Fails with a StoreError. */
  async origin(path: string): Promise<SharedOrigin> {
    const origin = await originOf(path, this.#calls);
    if (origin === undefined) throw new StoreError('not-found', `there is no file ${path}`);
    return origin;
  }

  /** Lends out the user's own complete file, where it is, also after a restart, until it differs from `origin`. */
  async share(file: TorrentId, origin: SharedOrigin, pieces: Iterable<PieceRecord>): Promise<void> {
    const lend = () => this.#lending.lend(file, this.#path(file, 'shared'), origin, pieces);
    await this.#alone(file, `sharing ${origin.path}`, lend);
  }

  /** The id under which the file at `path`, as it is now, is shared already; undefined when it is not. */
  async sharedAs(path: string): Promise<TorrentId | undefined> {
    return this.#lending.idOf(path);
  }

  /** Looks at every shared file, and stops listing those that have changed. */
  async checkShared(): Promise<void> {
    await this.#lending.check();
  }

  /** Bytes that the disk still has for us, with those of files put aside: they go when the space is needed. */
  async freeBytes(): Promise<number> {
    try {
      const { bavail, bsize } = await this.#calls.statfs(this.#directory);
      return bavail * bsize + this.#files.asides.bytes;
    } catch (error) {
      throw storeError('asking for free space', error);
    }
  }

  /** Settles once all work under way has ended and all files are closed. Nothing is synced. */
  async close(): Promise<void> {
    await this.#names.settled();
    await this.#files.close();
    await this.#descriptors.close();
  }

  async #load(): Promise<void> {
    const names = new Set(await this.#calls.readdir(this.#directory));
    await inParallel(names, loadsMax, async (name) => {
      const [, id = '', kind] = nameForm.exec(name) ?? [];
      const file = parseTorrentId(id);
      if (file === undefined) return;
      if (kind === 'index') await this.#loadOwn(file, names.has(`${name}${newSuffix}`));
      else if (kind === 'info' && names.has(`${id}.index`)) this.#files.infos.found(file);
      else if (kind === 'shared') await this.#lending.load(file, this.#path(file, 'shared'));
      else if (kind?.endsWith(newSuffix) || !names.has(`${id}.index`)) await this.#discard(name);
    });
  }

  async #loadOwn(file: TorrentId, halfShortened: boolean): Promise<void> {
    if (halfShortened) await this.#discard(`${file}.index${newSuffix}`);
    await this.#files.load(file);
  }

  #forgetShared(file: TorrentId): Promise<unknown> {
    this.#lending.forget(file);
    return removeFile(this.#path(file, 'shared'), this.#calls);
  }

  async #copyIn(file: TorrentId, path: string, pieces: readonly PieceRecord[]): Promise<void> {
    for await (const piece of piecesInFile(path, pieces, this.#calls)) await this.#files.write(file, piece);
    await removeFile(path, this.#calls);
  }

  /** Removes the remains of a crash: bytes that no sync ever made durable. */
  async #discard(name: string): Promise<void> {
    this.#log.info('peer', 'removed what was never finished', { name });
    await removeFile(join(this.#directory, name), this.#calls);
  }

  /** Runs `work` alone among those that change what lies under the names of `file`. Fails with a StoreError. */
  async #alone(file: TorrentId, doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await this.#names.run(file, work);
    } catch (error) {
      throw storeError(doing, error);
    }
  }

  #path(file: TorrentId, kind: 'data' | 'shared'): string {
    return join(this.#directory, `${file}.${kind}`);
  }
}

const nameForm = /^([0-9a-f]{40})\.(data|index|index\.new|info|info\.new|shared|shared\.new)$/;
