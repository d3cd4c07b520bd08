/**
 * The files of a node: shared from where they lie, downloaded into its folder, or on their way. All of them are in the
 * swarm for as long as the node runs, and are taken up again by the next one.
 *
 *     const { file } = await files.share('/home/ann/some.txt');
 *     const file = await files.download(id);          settles when all of it is there
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

export interface NodeFilesOptions {
  /** Where downloads go. */
  readonly directory: string;
  readonly client: SwarmClient;
  readonly home: HomeServer;
  readonly saved: SavedFiles;
  readonly log: Log;
}

/** A file all of which is here. */
interface WholeFile {
  readonly record: TorrentRecord;
  readonly shared: SharedTorrent;
  readonly torrent: ClientTorrent;
}

export class NodeFiles {
  readonly #options: NodeFilesOptions;
  /** The newest last. */
  readonly #whole = new Map<TorrentId, WholeFile>();
  readonly #downloads = new Map<TorrentId, NodeDownload>();
  /** What begins or ends the sharing or the download of a file does not cross with another. None waits for a server. */
  readonly #steps = new KeyedLock<TorrentId>();
  /** Files are shared one after the other: reading two at a time is no faster. */
  readonly #sharing = new Mutex();
  #resuming: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(options: NodeFilesOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier run has left. Settles once what was whole is shared again, or all is closed. */
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

  /** The file of that name that is whole, which is looked at; the newest of several. */
  async wholeNamed(name: string): Promise<TorrentRecord | undefined> {
    for (;;) {
      const whole = this.#named(name);
      if (whole === undefined || !(await whole.shared.check())) return whole?.record;
      await this.#letGo(whole.record.id, whole.shared);
    }
  }

  #named(name: string): WholeFile | undefined {
    return [...this.#whole.values()].findLast(({ record }) => record.name === name);
  }

  /** The download of a file of that name. */
  downloadNamed(name: string): NodeDownload | undefined {
    return [...this.#downloads.values()].find(({ file }) => file.name === name);
  }

  /** All that is in the swarm. */
  get torrents(): ClientTorrent[] {
    const running = Array.from(this.#downloads.values(), ({ torrent }) => torrent);
    const whole = Array.from(this.#whole.values(), ({ torrent }) => torrent);
    return [...whole, ...running.filter((torrent) => torrent !== undefined)];
  }

  /** Shares the file at `path`, which is absolute, from where it lies. Throws HttpError. */
  share(path: string): Promise<{ readonly file: TorrentRecord; readonly isNew: boolean }> {
    return this.#sharing.run(() => this.#share(path)).catch(refuse);
  }

  /** Settles when the file of that id is here, verified. Throws HttpError; 503 while nobody gives what is missing. */
  async download(id: TorrentId): Promise<TorrentRecord> {
    const here = await this.#steps.run(id, () => this.#find(id)).catch(refuse);
    const found = here ?? (await this.#startDownload(id, await this.#options.home.file(id)).catch(refuse));
    return found instanceof NodeDownload ? await found.settled() : found.record;
  }

  /**
   * Shares the file of that name no longer, or gives up its download; of several the newest, unless it is said by `id`
   * which. What is on the disk stays there, but for what was downloaded in part. False when there is none.
   */
  async remove(name: string, id = this.#named(name)?.record.id ?? this.downloadNamed(name)?.file.id): Promise<boolean> {
    if (id === undefined) return false;
    return await this.#steps.run(id, () => this.#remove(name, id)).catch(refuse);
  }

  async #remove(name: string, id: TorrentId): Promise<boolean> {
    const file = this.#whole.get(id)?.record ?? this.#downloads.get(id)?.file;
    if (file?.name !== name) return false;
    await this.#forget(id, 'for good');
    // Only now: a download that became whole meanwhile has been saved as that.
    await this.#options.saved.forget(id);
    return true;
  }

  /** Ends everything, as soon as it can; downloads can be taken up again. Never fails. */
  async close(): Promise<void> {
    this.#closing.abort(new HttpError(503, 'stopping', 'the node stops'));
    await Promise.allSettled([this.#sharing.settled(), this.#resuming]);
    const ends = [
      ...Array.from(this.#downloads.values(), (download) => download.stop()),
      ...Array.from(this.#whole.values(), ({ shared }) => shared.close()),
    ];
    // On a disk that fails; the next node finds out what is there.
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
    const { file, origin } = await describeFile(path, pieceLength, this.#closing.signal);
    const id = infoHash(file);
    await this.#options.home.list(file); // also what is shared already: it may be another server by now
    return await this.#steps.run(id, async () => {
      const known = this.#whole.get(id);
      if (known !== undefined && !(await known.shared.check())) return { file: known.record, isNew: false };
      await this.#forget(id);
      const shared = await openComplete({ path, file, origin, signal: this.#closing.signal });
      await this.#options.saved.save({ id, file, origin: shared.origin });
      this.#closing.signal.throwIfAborted();
      return { file: this.#add(recordOf(file, id), shared), isNew: true };
    });
  }

  /** Nothing, where somebody has asked for the same file since the start. */
  async #takeUp({ id, file, origin }: SavedFile): Promise<void> {
    if (this.#closed || this.#whole.has(id) || this.#downloads.has(id)) return;
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
      pieces: { have: allOf(record), read: (part, into) => this.#read(record, shared, part, into) },
      tiers: [[this.#options.home.announceUrl]],
      events: {},
    });
    this.#whole.set(record.id, { record, shared, torrent });
    return record;
  }

  /** What has changed is no longer that file: nobody shall take us for a source of it. */
  async #read({ id, name }: TorrentRecord, shared: SharedTorrent, part: number, into: Uint8Array): Promise<void> {
    try {
      await shared.read(part, into);
    } catch (error) {
      if (shared.changed)
        this.#letGo(id, shared).catch((reason: unknown) => this.#warn(`letting go of ${name}`, { reason }));
      throw error;
    }
  }

  #letGo(id: TorrentId, shared: SharedTorrent): Promise<void> {
    return this.#steps.run(id, async () => {
      const whole = this.#whole.get(id);
      if (whole?.shared !== shared) return;
      this.#options.log.warn('swarm', 'a file has changed, and is not shared any more', { name: whole.record.name });
      await this.#forget(id);
    });
  }

  /** What is here under that id is let go: it has changed, is removed, or comes from elsewhere now. */
  async #forget(id: TorrentId, how?: 'for good'): Promise<void> {
    const whole = this.#whole.get(id);
    const download = this.#downloads.get(id);
    this.#whole.delete(id);
    this.#downloads.delete(id);
    if (whole !== undefined) {
      await this.#options.client.remove(whole.torrent);
      await whole.shared.close();
    }
    await (how === 'for good' ? download?.discard() : download?.stop());
  }

  /** What is whole here, or the download of it. */
  async #find(id: TorrentId): Promise<WholeFile | NodeDownload | undefined> {
    const whole = this.#whole.get(id);
    if (whole !== undefined && !(await whole.shared.check())) return whole;
    if (whole !== undefined) await this.#forget(id); // it has gone, or been changed: it is fetched again
    return this.#downloads.get(id);
  }

  /** Somebody else may have begun it meanwhile. */
  #startDownload(id: TorrentId, file: Metainfo): Promise<WholeFile | NodeDownload> {
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
    download.whole
      .then(
        ({ torrent, shared }) => this.#onWhole(download, torrent, shared),
        () => this.#isHere(download) && this.#downloads.delete(id), // who waits is told; who asks again begins anew
      )
      .catch((reason: unknown) => this.#warn(`${file.name} is whole, and could not be remembered`, { reason }));
    return download;
  }

  /** Whether it was not let go of. */
  #isHere(download: NodeDownload): boolean {
    return this.#downloads.get(download.file.id) === download;
  }

  async #onWhole(download: NodeDownload, torrent: ClientTorrent | undefined, shared: SharedTorrent): Promise<void> {
    const { file: record } = download;
    if (this.#closed || !this.#isHere(download)) {
      if (torrent !== undefined) await this.#options.client.remove(torrent);
      return await shared.close();
    }
    this.#downloads.delete(record.id);
    if (torrent === undefined) this.#add(record, shared);
    else this.#whole.set(record.id, { record, shared, torrent });
    await this.#options.saved.save({ id: record.id, file: record, origin: shared.origin });
  }
}

/** Throws it as what the node's client is told. */
function refuse(error: unknown): never {
  throw asHttpError(error);
}

function recordOf(file: Metainfo, id: TorrentId): TorrentRecord {
  return { ...file, id, sha256: null, createdMs: Date.now() };
}

function allOf(file: Metainfo): Bitfield {
  const all = new Bitfield(pieceCount(file));
  for (let part = 0; part < all.size; part += 1) all.add(part);
  return all;
}
