/**
 * The files of a node: shared from where they lie, downloaded into its folder, or on their way. All of them are in the
 * swarm for as long as the node runs, and are taken up again by the next one.
 *
 *     const { file } = await files.share('/home/ann/some.txt');
 *     const file = await files.download(id);          settles when all of it is there
 */
import { basename } from 'node:path';
import { Bitfield } from '../bytes/bitfield.ts';
import type { FileId } from '../bytes/ids.ts';
import { openWhole, originOf, type SharedTorrent } from '../io/downloads/shared-torrent.ts';
import { hashFile } from '../io/hash-file.ts';
import type { Log } from '../io/log.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { checkElement } from '../protocols/metainfo/paths.ts';
import { type Metainfo, pieceCount } from '../protocols/metainfo/types.ts';
import { infoHash } from '../protocols/metainfo/write.ts';
import type { FileRecord } from '../swarm/file-entry.ts';
import type { ClientTorrent } from '../swarm/leech/client-torrent.ts';
import type { SwarmClient } from '../swarm/leech/swarm-client.ts';
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
  readonly record: FileRecord;
  readonly shared: SharedTorrent;
  readonly torrent: ClientTorrent;
}

export class NodeFiles {
  readonly #options: NodeFilesOptions;
  /** The newest last. */
  readonly #whole = new Map<FileId, WholeFile>();
  readonly #downloads = new Map<FileId, NodeDownload>();
  /** Files are shared one after the other: reading two at a time is no faster. */
  #sharing: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: NodeFilesOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier run has left. Settles once what was whole is shared again. */
  async resume(): Promise<void> {
    for (const saved of this.#options.saved.files) {
      try {
        if (saved.origin === undefined) this.#begin(saved.file, saved.id);
        else await this.#shareAgain(saved);
      } catch (error) {
        const fields = { name: saved.file.name, reason: (error as Error).message };
        this.#options.log.warn('swarm', 'a file cannot be shared again', fields);
      }
    }
  }

  /** The file of that name that is whole; the newest of several. */
  named(name: string): FileRecord | undefined {
    return [...this.#whole.values()].findLast(({ record }) => record.name === name)?.record;
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
  share(path: string): Promise<{ readonly file: FileRecord; readonly isNew: boolean }> {
    const turn = this.#sharing.then(() => this.#share(path));
    this.#sharing = turn.catch(() => {}); // who comes next is not told of it
    return turn;
  }

  /** Settles when the file of that id is here, verified. Throws HttpError; 503 while nobody gives what is missing. */
  async download(id: FileId): Promise<FileRecord> {
    const whole = this.#whole.get(id);
    if (whole !== undefined) return whole.record;
    const running = this.#downloads.get(id) ?? (await this.#startDownload(id));
    return await running.settled();
  }

  /**
   * Shares the file of that name no longer, or gives up its download; of several the newest, unless it is said by `id`
   * which. What is on the disk stays there, but for what was downloaded in part. False when there is none.
   */
  async remove(name: string, id = this.named(name)?.id ?? this.downloadNamed(name)?.file.id): Promise<boolean> {
    const file = id && (this.#whole.get(id)?.record ?? this.#downloads.get(id)?.file);
    if (file?.name !== name) return false;
    await this.#options.saved.forget(file.id);
    await this.#downloads.get(file.id)?.discard();
    await this.#forget(file.id);
    return true;
  }

  /** Ends everything; downloads can be taken up again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#sharing;
    for (const download of this.#downloads.values()) await download.stop();
    for (const { shared } of this.#whole.values()) await shared.close();
  }

  async #share(path: string): Promise<{ readonly file: FileRecord; readonly isNew: boolean }> {
    const { home, saved } = this.#options;
    const { file, origin } = await this.#describe(path);
    const id = infoHash(file);
    const known = this.#whole.get(id);
    if (known !== undefined && !(await known.shared.check())) return { file: known.record, isNew: false };
    await this.#forget(id);
    await home.list(file);
    const shared = await openWhole({ path, file, origin }).catch((error: unknown) => {
      throw asHttpError(error);
    });
    await saved.save({ id, file, origin: shared.origin });
    return { file: this.#add(recordOf(file, id), shared), isNew: true };
  }

  async #describe(path: string) {
    const name = checkName(basename(path));
    const origin = await originOf(path).catch((error: Error) => {
      throw new HttpError(400, 'no-such-file', error.message, { cause: error });
    });
    try {
      const pieceLength = await this.#options.home.pieceLength();
      const hashed = await hashFile(origin.path, pieceLength);
      if (hashed === undefined) throw new HttpError(409, 'changing', `${path} was written to while it was read`);
      const length = hashed.pieces.reduce((sum, { size }) => sum + size, 0);
      const pieceHashes = Buffer.concat(hashed.pieces.map(({ sha1 }) => Buffer.from(sha1, 'hex')));
      const file: Metainfo = { name, length, pieceLength, pieceHashes };
      return { file, origin };
    } catch (error) {
      throw asHttpError(error);
    }
  }

  async #shareAgain({ id, file, origin }: SavedFile): Promise<void> {
    if (origin === undefined) return;
    const shared = await openWhole({ path: origin.path, file, origin });
    this.#add(recordOf(file, id), shared);
  }

  #add(record: FileRecord, shared: SharedTorrent): FileRecord {
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
  async #read({ id, name }: FileRecord, shared: SharedTorrent, part: number, into: Uint8Array): Promise<void> {
    try {
      await shared.read(part, into);
    } catch (error) {
      if (shared.changed && this.#whole.get(id)?.shared === shared) {
        this.#options.log.warn('swarm', 'a file has changed, and is not shared any more', { name });
        void this.#forget(id);
      }
      throw error;
    }
  }

  /** What was here under that id is let go: it has changed, or comes from elsewhere now. */
  async #forget(id: FileId): Promise<void> {
    const whole = this.#whole.get(id);
    this.#whole.delete(id);
    if (whole !== undefined) {
      await this.#options.client.remove(whole.torrent);
      await whole.shared.close();
    }
    await this.#downloads.get(id)?.stop();
    this.#downloads.delete(id);
  }

  async #startDownload(id: FileId): Promise<NodeDownload> {
    const { home, saved } = this.#options;
    const file = await home.file(id);
    const meanwhile = this.#downloads.get(id);
    if (meanwhile !== undefined) return meanwhile;
    const download = this.#begin(file, id);
    await saved.save({ id, file, origin: undefined });
    return download;
  }

  #begin(file: Metainfo, id: FileId): NodeDownload {
    const { client, directory, home, log } = this.#options;
    const tiers = [[home.announceUrl]];
    const download = new NodeDownload(client, { file: recordOf(file, id), directory, tiers, log });
    this.#downloads.set(id, download);
    download.whole.then(
      ({ torrent, shared }) => this.#onWhole(download, torrent, shared),
      () => this.#downloads.delete(id), // those who wait for it are told; whoever asks again begins anew
    );
    return download;
  }

  async #onWhole({ file: record }: NodeDownload, torrent: ClientTorrent | undefined, shared: SharedTorrent) {
    this.#downloads.delete(record.id);
    if (this.#closed) return await shared.close();
    if (torrent === undefined) this.#add(record, shared);
    else this.#whole.set(record.id, { record, shared, torrent });
    await this.#options.saved.save({ id: record.id, file: record, origin: shared.origin });
  }
}

function recordOf(file: Metainfo, id: FileId): FileRecord {
  return { ...file, id, sha256: null, createdMs: Date.now() };
}

function allOf(file: Metainfo): Bitfield {
  const all = new Bitfield(pieceCount(file));
  for (let part = 0; part < all.size; part += 1) all.add(part);
  return all;
}

function checkName(name: string): string {
  try {
    return checkElement(name);
  } catch (error) {
    throw new HttpError(400, 'bad-name', (error as Error).message, { cause: error });
  }
}
