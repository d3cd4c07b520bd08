/**
 * The files of the user's own that a store lends out, by their id. One that has changed is lent no longer, and the log
 * says so. The content of a lent file is the business of `lent-file.ts`.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import type { PieceRecord } from '../../bytes/pieces.ts';
import type { FileCalls } from '../files/calls.ts';
import type { DescriptorCache } from '../files/descriptor-cache.ts';
import type { Log } from '../log.ts';
import type { SharedOrigin } from './index-line.ts';
import { LentFile, originOf, sameFile } from './lent-file.ts';
import { StoreError } from './store-error.ts';

export class Lending {
  readonly #descriptors: DescriptorCache;
  readonly #calls: FileCalls;
  readonly #log: Log;
  readonly #files = new Map<TorrentId, LentFile>();

  constructor(descriptors: DescriptorCache, calls: FileCalls, log: Log) {
    this.#descriptors = descriptors;
    this.#calls = calls;
    this.#log = log;
  }

  ids(): Iterable<TorrentId> {
    return this.#files.keys();
  }

  get(file: TorrentId): LentFile | undefined {
    return this.#files.get(file);
  }

  /** Lends what the note at `notePath` tells of, if that is still as it was. */
  async load(file: TorrentId, notePath: string): Promise<void> {
    const shared = await LentFile.load(notePath, this.#descriptors, this.#calls);
    if (shared === undefined) return;
    this.#files.set(file, shared);
    await shared.check();
    this.#forgetIfChanged(file, shared);
  }

  /** Lends the file that `origin` describes, and notes it at `notePath`. Fails with a StoreError if it has changed. */
  async lend(file: TorrentId, notePath: string, origin: SharedOrigin, pieces: Iterable<PieceRecord>): Promise<void> {
    if (!sameFile(origin, await originOf(origin.path, this.#calls))) {
      throw new StoreError('not-found', `${origin.path} changed while it was read`);
    }
    this.#files.set(file, await LentFile.lend(notePath, origin, pieces, this.#descriptors, this.#calls));
  }

  /** Lends the file no longer. The note is the caller's to remove. */
  forget(file: TorrentId): void {
    this.#files.delete(file);
  }

  /** Fills `into` with a piece; they must be equally long. Fails with a StoreError. */
  async read(file: TorrentId, pieceIndex: number, into: Uint8Array): Promise<void> {
    const shared = this.#files.get(file);
    if (shared === undefined) throw new StoreError('not-found', `piece ${pieceIndex} of ${file} is not here`);
    await shared.read(pieceIndex, into).finally(() => this.#forgetIfChanged(file, shared));
  }

  /** The id under which the file at `path`, as it is now, is lent; undefined when it is not. */
  async idOf(path: string): Promise<TorrentId | undefined> {
    const origin = await originOf(path, this.#calls);
    for (const [file, shared] of this.#files) if (sameFile(shared.origin, origin)) return file;
    return undefined;
  }

  /** Looks at all lent files, and lends no longer those that have changed. */
  async check(): Promise<void> {
    for (const [file, shared] of this.#files) {
      await shared.check();
      this.#forgetIfChanged(file, shared);
    }
  }

  #forgetIfChanged(file: TorrentId, shared: LentFile): void {
    if (!shared.changed || this.#files.get(file) !== shared) return;
    this.#files.delete(file);
    this.#log.warn('peer', 'a shared file has changed and is shared no longer', { file, path: shared.origin.path });
  }
}
