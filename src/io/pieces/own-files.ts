/**
 * The files of which a store keeps pieces itself, by their id: found at the start, made when the first piece comes,
 * removed or put aside when they are dropped. It knows names in the store's folder; who may change what lies under
 * them, and when, is the caller's business.
 */
import { join } from 'node:path';
import type { TorrentId } from '../../bytes/ids.ts';
import type { PieceToStore } from '../../bytes/pieces.ts';
import type { FileCalls } from '../files/calls.ts';
import type { DescriptorCache } from '../files/descriptor-cache.ts';
import type { Log } from '../log.ts';
import { type Aside, type AsideOptions, Asides } from './aside/asides.ts';
import { FreedSpace } from './freed-space.ts';
import { InfoFiles } from './info-files.ts';
import { PieceFile, type PieceFileLocation } from './piece-file.ts';
import { RemovedNames } from './removed-names.ts';
import { StoreError } from './store-error.ts';

/** The collaborators of a store's own files. */
export interface OwnFilesContext {
  readonly log: Log;
  readonly calls: FileCalls;
  readonly aside: AsideOptions;
}

export class OwnFiles {
  readonly #directory: string;
  readonly #descriptors: DescriptorCache;
  readonly #calls: FileCalls;
  readonly #files = new Map<TorrentId, PieceFile>();
  readonly #freedSpace: FreedSpace;
  readonly #removed: RemovedNames;
  /** The files that were dropped, for a while. */
  readonly asides: Asides;
  readonly infos: InfoFiles;

  constructor(directory: string, descriptors: DescriptorCache, { log, calls, aside }: OwnFilesContext) {
    this.#directory = directory;
    this.#descriptors = descriptors;
    this.#calls = calls;
    this.#removed = new RemovedNames(directory, calls);
    this.#freedSpace = new FreedSpace(calls, log);
    this.asides = new Asides(directory, calls, log, aside);
    this.infos = new InfoFiles(directory, calls, (file) => (this.#files.get(file)?.count ?? 0) > 0);
  }

  ids(): Iterable<TorrentId> {
    return this.#files.keys();
  }

  get(file: TorrentId): PieceFile | undefined {
    return this.#files.get(file);
  }

  /** The file, which is made where nothing of it is kept yet. */
  of(file: TorrentId): PieceFile {
    let own = this.#files.get(file);
    if (own === undefined) {
      own = PieceFile.empty(this.#location(file));
      this.#files.set(file, own);
    }
    return own;
  }

  /** Whether names of the file were removed and may come back with a power loss: nothing new gets them until then. */
  inDoubt(file: TorrentId): boolean {
    return this.#removed.has(file);
  }

  /** Settles once all names that were removed before are gone for good. Fails with a StoreError. */
  settle(): Promise<void> {
    return this.#removed.settle();
  }

  /** Reads the index of a file that was found in the folder. */
  async load(file: TorrentId): Promise<void> {
    this.#files.set(file, await PieceFile.load(this.#location(file)));
    // It lists nothing, so nobody would ever say to drop it.
    await this.removeVacant(file);
  }

  /** Keeps a piece, at the cost of files put aside where the disk is full. Fails with a StoreError. */
  async write(file: TorrentId, piece: PieceToStore): Promise<void> {
    for (;;) {
      try {
        return await this.of(file).write(piece);
      } catch (error) {
        const full = error instanceof StoreError && error.code === 'no-space';
        if (!full || !(await this.asides.reclaim())) throw error;
      }
    }
  }

  /** Removes the file when every piece of it was dropped. */
  async removeVacant(file: TorrentId): Promise<void> {
    if (this.#files.get(file)?.vacant) await this.remove(file);
  }

  /** Removes the file from the disk; for good once `settle` has settled. */
  async remove(file: TorrentId): Promise<void> {
    const own = this.#files.get(file);
    this.#files.delete(file);
    if (own === undefined) return;
    await own.remove();
    await this.infos.remove(file);
    await this.#removed.add(file);
  }

  /** Puts the file aside, where dropped files are kept at all; durable once `settle` has settled. */
  async putAside(file: TorrentId): Promise<void> {
    const own = this.#files.get(file);
    if (!this.asides.keeps || own === undefined || own.count === 0) return this.remove(file);
    this.#files.delete(file);
    await own.close();
    if (await this.asides.put(file)) this.infos.forget(file);
    else {
      await own.remove();
      await this.infos.remove(file);
    }
    await this.#removed.add(file);
  }

  /** Brings back, durably, all that was put aside of the file; what is kept of it now stays. */
  async bringBack(file: TorrentId): Promise<void> {
    for (let aside = this.asides.take(file); aside !== undefined; aside = this.asides.take(file)) {
      try {
        await this.removeVacant(file);
        await (this.#files.has(file) ? this.#merge(aside) : this.#moveBack(aside));
      } catch (error) {
        this.asides.giveBack(aside);
        throw error;
      }
    }
  }

  /** Settles once all work under way has ended and all files are closed. Nothing is synced. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#files.values(), (file) => file.close()));
  }

  async #moveBack(aside: Aside): Promise<void> {
    await this.settle();
    if (await this.asides.moveBack(aside)) this.infos.found(aside.file);
    await this.settle();
    await this.load(aside.file);
  }

  /** Copies the pieces that are lacking: another file may have come under the same names meanwhile. */
  async #merge(aside: Aside): Promise<void> {
    const { file } = aside;
    const paths = { dataPath: this.asides.path(aside, 'data'), indexPath: this.asides.path(aside, 'index') };
    const old = await PieceFile.load({ ...this.#location(file), ...paths });
    try {
      await this.of(file).copyFrom(old);
      await this.of(file).sync();
    } finally {
      await old.close();
    }
    await this.asides.remove(aside);
  }

  #location(file: TorrentId): PieceFileLocation {
    return {
      dataPath: join(this.#directory, `${file}.data`),
      indexPath: join(this.#directory, `${file}.index`),
      descriptors: this.#descriptors,
      calls: this.#calls,
      freedSpace: this.#freedSpace,
    };
  }
}
