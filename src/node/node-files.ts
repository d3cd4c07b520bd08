/**
 * The files of a node: shared from where they lie, downloaded into its folder, or on their way. All of them are in the
 * swarm for as long as the node runs, and again when it is restarted.
 *
 *     const { file } = await files.share('/home/ann/some.txt');
 *     const file = await files.download(id);          settles when the file is complete
 */

import { KeyedLock } from '../async/keyed-lock.ts';
import { Mutex } from '../async/mutex.ts';
import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import type { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import { Bitfield } from '../bytes/bitfield.ts';
import type { TorrentId } from '../bytes/ids.ts';
import { type Origin, openComplete, type SharedTorrent } from '../io/downloads/shared-torrent.ts';
import type { Log } from '../io/log.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { type Metainfo, pieceCount } from '../protocols/metainfo/types.ts';
import { infoHash } from '../protocols/metainfo/write.ts';
import type { TorrentRecord } from '../storage/catalog/torrent-entry.ts';
import { describeFile } from './describe-file.ts';
import { asHttpError } from './failures.ts';
import type { HomeServer } from './home-server.ts';
import { NodeDownload } from './node-download.ts';
import type { SavedFile, SavedFiles } from './saved-files.ts';
import type { ShareRoots } from './share-roots.ts';

/** The settings and collaborators of a node's files. */
export interface NodeFilesOptions {
  /** The folder for downloads. */
  readonly directory: string;
  readonly client: SwarmClient;
  readonly home: HomeServer;
  readonly saved: SavedFiles;
  readonly log: Log;
  readonly roots: ShareRoots;
}

/** A complete file, which is shared. */
interface CompleteFile {
  readonly record: TorrentRecord;
  readonly shared: SharedTorrent;
  readonly torrent: ClientTorrent;
}

/** All files of a node. */
export class NodeFiles {
  readonly #options: NodeFilesOptions;
  /** The newest last. */
  readonly #complete = new Map<TorrentId, CompleteFile>();
  readonly #downloads = new Map<TorrentId, NodeDownload>();
  /** One step at a time for each file: begin or end of a sharing or a download. No step waits for a server. */
  readonly #steps = new KeyedLock<TorrentId>();
  /** Files are shared one after the other: reading two at a time is no faster. */
  readonly #sharing = new Mutex();
  #resuming: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(options: NodeFilesOptions) {
    this.#options = options;
  }

  /** Takes up the files of the last run. Settles once complete files are shared again, or all is closed. */
  resume(): Promise<void> {
    const resuming = this.#resume();
    this.#resuming = resuming;
    return resuming;
  }

  async #resume(): Promise<void> {
    for (const saved of this.#options.saved.files) {
      try {
        await this.#steps.run(saved.id, () => this.#takeUp(saved));
      } catch (error) {
        if (this.#closed) return;
        const fields = { name: saved.file.name, reason: (error as Error).message };
        this.#options.log.warn('swarm', 'a file cannot be shared again', fields);
      }
    }
  }

  /** The complete file of that name, checked on the disk; the newest of several. */
  async completeNamed(name: string): Promise<TorrentRecord | undefined> {
    for (;;) {
      const complete = this.#named(name);
      if (complete === undefined || !(await complete.shared.check())) return complete?.record;
      await this.#letGo(complete.record.id, complete.shared);
    }
  }

  #named(name: string): CompleteFile | undefined {
    return [...this.#complete.values()].findLast(({ record }) => record.name === name);
  }

  /** The download under way of a file of that name. */
  downloadNamed(name: string): NodeDownload | undefined {
    return [...this.#downloads.values()].find(({ file }) => file.name === name);
  }

  /** All torrents in the swarm. */
  get torrents(): ClientTorrent[] {
    const running = Array.from(this.#downloads.values(), ({ torrent }) => torrent);
    const complete = Array.from(this.#complete.values(), ({ torrent }) => torrent);
    return [...complete, ...running.filter((torrent) => torrent !== undefined)];
  }

  /** Shares the file at `path`, which is absolute, from where it lies. Throws HttpError. */
  share(path: string): Promise<{ readonly file: TorrentRecord; readonly isNew: boolean }> {
    return this.#sharing.run(() => this.#share(path)).catch(refuse);
  }

  /** Settles when the file of that id is complete and verified. Throws HttpError; 503 while pieces have no source. */
  async download(id: TorrentId): Promise<TorrentRecord> {
    const here = await this.#steps.run(id, () => this.#find(id)).catch(refuse);
    const found = here ?? (await this.#startDownload(id, await this.#options.home.file(id)).catch(refuse));
    return found instanceof NodeDownload ? await found.settled() : found.record;
  }

  /**
   * Ends the sharing or the download of the file of that name; of several the newest, unless `id` says which. A
   * complete file stays on the disk, an unfinished download is removed. False when there is no such file.
   */
  async remove(name: string, id = this.#named(name)?.record.id ?? this.downloadNamed(name)?.file.id): Promise<boolean> {
    if (id === undefined) return false;
    return await this.#steps.run(id, () => this.#remove(name, id)).catch(refuse);
  }

  async #remove(name: string, id: TorrentId): Promise<boolean> {
    const file = this.#complete.get(id)?.record ?? this.#downloads.get(id)?.file;
    if (file?.name !== name) return false;
    await this.#forget(id, 'for good');
    // Only now: a download that became complete meanwhile has been saved as such.
    await this.#options.saved.forget(id);
    return true;
  }

  /** Ends everything as soon as possible; downloads can be resumed. Never fails. */
  async close(): Promise<void> {
    this.#closing.abort(new HttpError(503, 'stopping', 'the node stops'));
    await Promise.allSettled([this.#sharing.settled(), this.#resuming]);
    const ends = [
      ...Array.from(this.#downloads.values(), (download) => download.stop()),
      ...Array.from(this.#complete.values(), ({ shared }) => shared.close()),
    ];
    // Failures are those of the disk; the next run finds out what is there.
    for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') this.#warn('could not end', end);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  #warn(message: string, { reason }: { readonly reason: unknown }): void {
    this.#options.log.warn('swarm', message, { reason: String(reason) });
  }

  async #share(path: string): Promise<{ readonly file: TorrentRecord; readonly isNew: boolean }> {
    this.#closing.signal.throwIfAborted();
    const pieceLength = await this.#options.home.pieceLength();
    const { file, origin } = await describeFile(path, pieceLength, this.#options.roots, this.#closing.signal);
    const id = infoHash(file);
    await this.#options.home.list(file); // also a file that is shared already: the server may be another by now
    return await this.#steps.run(id, async () => {
      const known = this.#complete.get(id);
      if (known !== undefined && !(await known.shared.check())) return { file: known.record, isNew: false };
      await this.#forget(id);
      const shared = await openComplete({ path, file, origin, signal: this.#closing.signal });
      await this.#options.saved.save({ id, file, origin: shared.origin });
      this.#closing.signal.throwIfAborted();
      return { file: this.#add(recordOf(file, id), shared), isNew: true };
    });
  }

  /** Resumes one file, unless a request for it has come since the start. */
  async #takeUp({ id, file, origin }: SavedFile): Promise<void> {
    if (this.#closed || this.#complete.has(id) || this.#downloads.has(id)) return;
    if (origin === undefined) this.#begin(file, id);
    else this.#add(recordOf(file, id), await this.#openAgain(file, origin));
  }

  async #openAgain(file: Metainfo, origin: Origin): Promise<SharedTorrent> {
    const { signal } = this.#closing;
    const shared = await openComplete({ path: origin.path, file, origin, signal });
    signal.throwIfAborted();
    return shared;
  }

  #add(record: TorrentRecord, shared: SharedTorrent): TorrentRecord {
    const torrent = this.#options.client.add({
      file: record,
      pieces: { have: allOf(record), read: (pieceIndex, into) => this.#read(record, shared, pieceIndex, into) },
      tiers: [[this.#options.home.announceUrl]],
      events: {},
    });
    this.#complete.set(record.id, { record, shared, torrent });
    return record;
  }

  /** Reads a piece. A file that has changed is not shared any more: this node is no source of it. */
  async #read({ id, name }: TorrentRecord, shared: SharedTorrent, pieceIndex: number, into: Uint8Array): Promise<void> {
    try {
      await shared.read(pieceIndex, into);
    } catch (error) {
      if (shared.changed)
        this.#letGo(id, shared).catch((reason: unknown) => this.#warn(`letting go of ${name}`, { reason }));
      throw error;
    }
  }

  #letGo(id: TorrentId, shared: SharedTorrent): Promise<void> {
    return this.#steps.run(id, async () => {
      const complete = this.#complete.get(id);
      if (complete?.shared !== shared) return;
      const { name } = complete.record;
      this.#options.log.warn('swarm', 'a file has changed, and is not shared any more', { name });
      await this.#forget(id);
    });
  }

  /** Ends the sharing or the download under that id: the file has changed, is removed, or is another now. */
  async #forget(id: TorrentId, how?: 'for good'): Promise<void> {
    const complete = this.#complete.get(id);
    const download = this.#downloads.get(id);
    this.#complete.delete(id);
    this.#downloads.delete(id);
    if (complete !== undefined) {
      await this.#options.client.remove(complete.torrent);
      await complete.shared.close();
    }
    await (how === 'for good' ? download?.discard() : download?.stop());
  }

  /** The complete file, or the download under way. */
  async #find(id: TorrentId): Promise<CompleteFile | NodeDownload | undefined> {
    const complete = this.#complete.get(id);
    if (complete !== undefined && !(await complete.shared.check())) return complete;
    if (complete !== undefined) await this.#forget(id); // it is gone or has changed: it is fetched again
    return this.#downloads.get(id);
  }

  /** Begins the download, unless another request has done so meanwhile. */
  #startDownload(id: TorrentId, file: Metainfo): Promise<CompleteFile | NodeDownload> {
    return this.#steps.run(id, async () => {
      const here = await this.#find(id);
      if (here !== undefined) return here;
      this.#closing.signal.throwIfAborted();
      const download = this.#begin(file, id);
      await this.#options.saved.save({ id, file, origin: undefined });
      return download;
    });
  }

  #begin(file: Metainfo, id: TorrentId): NodeDownload {
    const { client, directory, home, log } = this.#options;
    const tiers = [[home.announceUrl]];
    const download = new NodeDownload(client, { file: recordOf(file, id), directory, tiers, log });
    this.#downloads.set(id, download);
    download.completed
      .then(
        ({ torrent, shared }) => this.#onComplete(download, torrent, shared),
        () => this.#isHere(download) && this.#downloads.delete(id), // the next request begins anew
      )
      .catch((reason: unknown) => this.#warn(`${file.name} is whole, and could not be remembered`, { reason }));
    return download;
  }

  /** Whether `download` is still wanted. */
  #isHere(download: NodeDownload): boolean {
    return this.#downloads.get(download.file.id) === download;
  }

  async #onComplete(download: NodeDownload, torrent: ClientTorrent | undefined, shared: SharedTorrent): Promise<void> {
    const { file: record } = download;
    if (this.#closed || !this.#isHere(download)) {
      if (torrent !== undefined) await this.#options.client.remove(torrent);
      return await shared.close();
    }
    this.#downloads.delete(record.id);
    if (torrent === undefined) this.#add(record, shared);
    else this.#complete.set(record.id, { record, shared, torrent });
    await this.#options.saved.save({ id: record.id, file: record, origin: shared.origin });
  }
}

/** Throws the error for the node's client. */
function refuse(error: unknown): never {
  throw asHttpError(error);
}

function recordOf(file: Metainfo, id: TorrentId): TorrentRecord {
  return { ...file, id, sha256: null, createdMs: Date.now() };
}

function allOf(file: Metainfo): Bitfield {
  const all = new Bitfield(pieceCount(file));
  for (let pieceIndex = 0; pieceIndex < all.size; pieceIndex += 1) all.add(pieceIndex);
  return all;
}
