/**
 * The way of a file into the server, whatever the protocol: its bytes are spooled and hashed, then committed.
 *
 * The order of a commit is what "nothing acknowledged is ever lost" rests on: the ledger expects the file; its pieces
 * are placed on peers (or stay in the temp store) and synced; the ledger has the file; it is listed; the caller
 * acknowledges; only then is the temporary copy removed. After a crash in between, an expected file that never came is
 * cleared away.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BufferPool } from '../bytes/buffer-pool.ts';
import { type FileCalls, nodeFiles } from '../io/files/calls.ts';
import { emptyFolder, removeFile } from '../io/files/files.ts';
import { makeFolder } from '../io/files/folders.ts';
import { spoolToFile } from '../io/files/spool.ts';
import type { Log } from '../io/log.ts';
import type { PieceStore } from '../io/pieces/piece-store.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { ContentHasher } from '../protocols/metainfo/hash.ts';
import { pieceRecords, type Torrent } from '../protocols/metainfo/types.ts';
import { infoHash } from '../protocols/metainfo/write.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Ledger } from './catalog/ledger.ts';
import { TorrentEntry, type TorrentRecord } from './catalog/torrent-entry.ts';
import { tempHolderId } from './holders/holder.ts';
import type { Replicator } from './replication/replicator.ts';

/** The collaborators of intake, and the limits. */
export interface IntakeContext {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly store: PieceStore;
  readonly replicator: Replicator;
  readonly pool: BufferPool;
  /** A folder on the same file system as the store. */
  readonly spoolDirectory: string;
  readonly pieceLength: number;
  /** The number of bytes of one upload that may be received and not yet written. */
  readonly windowBytes: number;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Every way to the disk; replaced in tests of a failing one. */
  readonly calls?: FileCalls;
}

/** A file that has come in completely, and is not listed yet. */
export interface SpooledFile {
  readonly record: TorrentRecord;
  readonly path: string;
}

/** A file that is listed. */
export interface CommittedFile {
  readonly entry: TorrentEntry;
  /** False when the very file was there already. */
  readonly created: boolean;
}

/** A committed file, and the spooled one that it came from. */
interface CommittedSpool extends CommittedFile {
  readonly spooled: SpooledFile;
}

/** Takes in files. */
export class Intake {
  readonly #context: IntakeContext;

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  /** The size in bytes of the pieces into which a file is cut. */
  get pieceLength(): number {
    return this.#context.pieceLength;
  }

  /** Clears away what uploads of an earlier run left half done. Called once, before the first upload. */
  async open(): Promise<void> {
    const { spoolDirectory, calls = nodeFiles } = this.#context;
    await makeFolder(spoolDirectory, 0o700, calls);
    await emptyFolder(spoolDirectory, calls);
  }

  /**
   * Takes in `body` to its end, and tells `onReceived` how many bytes have come. On any failure nothing of it is left;
   * else `commit` or `discard` must follow.
   */
  async spool(
    name: string,
    body: AsyncIterable<Uint8Array>,
    onReceived: (bytes: number) => void = () => {},
  ): Promise<SpooledFile> {
    const { store, spoolDirectory, pieceLength, pool, windowBytes, now, calls = nodeFiles } = this.#context;
    const makeRoom = () => store.asides.reclaim();
    const path = join(spoolDirectory, randomBytes(12).toString('hex'));
    const hasher = new ContentHasher(pieceLength);
    const onBytes = (bytes: Uint8Array): void => {
      hasher.update(bytes);
      onReceived(bytes.length);
    };
    try {
      await spoolToFile(path, body, { pool, windowBytes, calls, onBytes, makeRoom });
    } catch (error) {
      await this.#remove(path);
      throw error;
    }
    const metainfo = { name, pieceLength, ...hasher.finish() };
    const record = { ...metainfo, id: infoHash(metainfo), createdMs: now() };
    this.#context.log.info('split', 'received', { file: record.id, name, length: record.length });
    return { record, path };
  }

  /** Removes spooled files that will not be committed. */
  async discard(files: readonly SpooledFile[]): Promise<void> {
    await Promise.all(files.map(({ path }) => this.#remove(path)));
  }

  /**
   * Places, syncs, journals and lists `files`, all or none. Settles when everything is on stable storage: the moment to
   * acknowledge. What is left in the temp store and no longer needed is removed afterwards, without being waited for.
   */
  async commit(files: readonly SpooledFile[]): Promise<CommittedFile[]> {
    const ids = files.map(({ record }) => record.id);
    const committed = await this.#context.replicator.alone(ids, () => this.#commitAlone(files));
    for (const { entry } of committed) this.#dropTempSoon(entry);
    return committed;
  }

  /**
   * Lists the file that `torrent` describes, whose pieces are with others. Settles when the ledger has it. Undefined
   * for a torrent of v2 alone, whose pieces we could not check, unless the file is there under its v1 torrent.
   */
  async list({ info, pieceLayers }: Torrent): Promise<CommittedFile | undefined> {
    const { catalog, ledger, replicator, now } = this.#context;
    const twin = info.v2 && catalog.byInfoHash(info.v2.infoHash);
    if (twin !== undefined) return { entry: twin, created: false };
    const metainfo = metainfoFromInfo(info, pieceLayers);
    if (metainfo === undefined) return undefined;
    const id = infoHash(metainfo);
    return replicator.alone([id], async () => {
      const known = catalog.get(id);
      if (known !== undefined) return { entry: known, created: false };
      const entry = new TorrentEntry({ ...metainfo, id, sha256: null, createdMs: now() });
      await ledger.addFiles([entry.record]);
      catalog.add(entry);
      return { entry, created: true };
    });
  }

  /** Removes a spooled file; one that cannot be removed stays until the next start, and no client is told of it. */
  async #remove(path: string): Promise<void> {
    const { calls, log } = this.#context;
    await removeFile(path, calls).catch((error: unknown) =>
      log.error('split', 'a spooled file could not be removed', { path }, error),
    );
  }

  async #commitAlone(files: readonly SpooledFile[]): Promise<CommittedSpool[]> {
    const { catalog, ledger } = this.#context;
    const committed: CommittedSpool[] = [];
    try {
      for (const file of files) committed.push(this.#match(file, committed));
      const fresh = committed.filter(({ created }) => created).map(({ entry }) => entry);
      if (fresh.length > 0) await ledger.expectFiles(fresh.map(({ record }) => record.id));
      for (const { entry, spooled } of committed) await this.#place(entry, spooled.path);
      if (fresh.length > 0) await ledger.addFiles(fresh.map(({ record }) => record));
      for (const entry of fresh) catalog.add(entry);
      for (const { entry, spooled } of committed) await this.#learn(entry, spooled.record);
      return committed;
    } catch (error) {
      await this.#undo(committed);
      throw error;
    } finally {
      await this.discard(files);
    }
  }

  /** The entry a file belongs to: one that is listed, one that came earlier in the same form, or a new one. */
  #match(spooled: SpooledFile, earlier: readonly CommittedFile[]): CommittedSpool {
    const { catalog } = this.#context;
    const { record } = spooled;
    const known = catalog.get(record.id) ?? earlier.find(({ entry }) => entry.record.id === record.id)?.entry;
    if (known !== undefined) return { entry: known, created: false, spooled };
    const entry = new TorrentEntry(record);
    catalog.expect(entry);
    return { entry, created: true, spooled };
  }

  /** Gives the pieces a safe place; those of a listed file only where some have been lost, or were merely lent. */
  async #place(entry: TorrentEntry, path: string): Promise<void> {
    const { store, replicator } = this.#context;
    if (await replicator.isKept(entry)) return;
    await store.adopt(entry.record.id, path, pieceRecords(entry.record));
    entry.setHolding(tempHolderId, Array(entry.pieces).keys(), 'stored');
    await replicator.place(entry);
  }

  /** Notes the SHA-256 of a file that was listed by its torrent alone, and has come in completely now. */
  async #learn(entry: TorrentEntry, { sha256 }: TorrentRecord): Promise<void> {
    if (entry.record.sha256 !== null) return;
    await this.#context.ledger.learn(entry.record.id, { sha256 });
    this.#context.catalog.learn(entry, { sha256 });
  }

  async #undo(files: readonly CommittedFile[]): Promise<void> {
    const { replicator, log } = this.#context;
    for (const { entry } of files.filter(({ created }) => created)) {
      await replicator
        .abandon(entry)
        .catch((error: unknown) =>
          log.error('split', 'a failed upload could not be cleared away', { file: entry.record.id }, error),
        );
    }
  }

  #dropTempSoon(entry: TorrentEntry): void {
    const { replicator, log } = this.#context;
    replicator
      .alone([entry.record.id], () => replicator.dropTemp(entry))
      .then(() => {
        // A peer that came while the file was not listed yet was given nothing of it, and nobody else would look again.
        if (entry.holdings.has(tempHolderId)) replicator.repairSoon(entry.record.id);
      })
      .catch((error: unknown) =>
        log.error('split', 'a temporary copy could not be removed', { file: entry.record.id }, error),
      );
  }
}
