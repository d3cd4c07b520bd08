/**
 * The memory of the server that survives a restart: the files it acknowledged, the files it removed, the peers it knew.
 * The ledger turns these into the journal's records and back; holders say themselves who has which piece.
 */
import { join } from 'node:path';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import { makeFolder } from '../../io/files/folders.ts';
import { Journal, JournalGoneError } from '../../io/files/journal.ts';
import type { Log } from '../../io/log.ts';
import { tempHolderId } from '../holders/holder.ts';
import { Epoch, type OlderMetadata } from './epoch.ts';
import { Removals } from './removals.ts';
import type { LearntFacts, TorrentRecord } from './torrent-entry.ts';
import { type FactsJson, type FileJson, factsFromJson, factsToJson, fileFromJson, fileToJson } from './torrent-json.ts';

/** One line of the journal. Files that came together stand in one record, so that a crash keeps all or none. */
type LedgerRecord =
  | { readonly type: 'arriving'; readonly ids: readonly TorrentId[] }
  | { readonly type: 'files'; readonly files: readonly FileJson[] }
  | ({ readonly type: 'learnt'; readonly id: TorrentId } & FactsJson)
  | { readonly type: 'file-removed'; readonly id: TorrentId }
  | { readonly type: 'epoch'; readonly records: number }
  | ({ readonly type: 'older-than-peers' } & OlderMetadata)
  | { readonly type: 'peer'; readonly id: PeerId; readonly ipc_path: string }
  | { readonly type: 'peer-forgotten'; readonly id: PeerId };

/** The number of records, beyond twice those that are needed, from which on the journal is rewritten. */
const deadRecordsMax = 1000;

/** The ledger, kept in a journal. */
const olderText =
  'the metadata of this server is OLDER than what a peer has seen: a backup was restored, the end of the journal was ' +
  'lost, or the peer served another server. Files that came later are not listed here. No peer is told to drop ' +
  'anything. Stop, and put the newer metadata folder back; or go on with this one by --accept-older-metadata';

export class Ledger {
  readonly #files = new Map<TorrentId, TorrentRecord>();
  /** Records by their JSON, until that is on the disk: to read a large torrent again would take as long as before. */
  readonly #given = new WeakMap<FileJson, TorrentRecord>();
  readonly #removed = new Removals();
  readonly #epoch = new Epoch();
  readonly #arriving = new Set<TorrentId>();
  readonly #peers = new Map<PeerId, string>();
  #journal!: Journal;
  readonly #log: Log;
  /** Whether a restart would not read what is written now. */
  #gone = false;
  /** The number of lines in the journal. */
  #lines = 0;

  private constructor(log: Log) {
    this.#log = log;
  }

  /** Reads the ledger kept in the folder `directory`, which is made if it is missing. */
  static async open(directory: string, log: Log, calls: FileCalls = nodeFiles): Promise<Ledger> {
    await makeFolder(directory, 0o700, calls);
    const path = join(directory, 'journal');
    const ledger = new Ledger(log);
    const { journal, damagedLines } = await Journal.open(path, {
      apply: (record) => ledger.#apply(record as LedgerRecord),
      snapshot: () => ledger.#records(),
      onLinesLost: () => ledger.#doubtRemovals(),
      guarded: true,
      calls,
    });
    ledger.#journal = journal;
    // What was on its way in when the server went down never came: peers that got pieces of it are to drop them.
    for (const id of ledger.#arriving) ledger.abandon(id);
    if (damagedLines > 0) {
      const kept = `${path}.damaged`;
      log.warn('server', 'the journal had lines that do not check; it is kept beside', { damagedLines, kept });
    }
    if (ledger.older !== undefined) log.error('server', olderText, { ...ledger.older });
    await ledger.#rewriteIfWasteful();
    return ledger;
  }

  /** The files that were acknowledged and not removed. */
  get files(): IterableIterator<TorrentRecord> {
    return this.#files.values();
  }

  /** Whether nothing is known of any file: a new server, or one that has lost its metadata. */
  get empty(): boolean {
    return this.#files.size === 0 && this.#removed.size === 0;
  }

  /** The epoch that peers are told. */
  get epoch(): number {
    return this.#epoch.told;
  }

  /** The epochs, if this ledger is older than what a peer has seen: then nobody is to drop anything on its word. */
  get older(): OlderMetadata | undefined {
    return this.#epoch.older;
  }

  /** Takes the epoch that a peer answered; one that is later than ours is noted, and told to the log. */
  async heardEpoch(peer: PeerId, seen: number | undefined): Promise<void> {
    const older = this.#epoch.judge(seen);
    if (older === undefined) return;
    this.#epoch.foundOlder(older); // at once: nothing may be dropped while it is being written
    this.#log.error('server', olderText, { peer, ...older });
    await this.#keep({ type: 'older-than-peers', ...older }).catch((error: unknown) =>
      this.#log.error('server', 'that the metadata is older than the peers could not be noted', {}, error),
    );
  }

  /** Goes on with this ledger, though peers have seen a later one: its epoch becomes later than theirs. */
  async acceptOlder(): Promise<void> {
    const { older } = this;
    if (older === undefined) return;
    await this.#keep({ type: 'epoch', records: Math.max(older.seen, this.#epoch.records) + 1 });
    this.#log.warn('server', 'the older metadata was accepted: peers drop again what it says was removed', {
      ...older,
      epoch: this.epoch,
    });
  }

  /** Every peer that ever registered, with its ipc-path. */
  get peers(): ReadonlyMap<PeerId, string> {
    return this.#peers;
  }

  /** Whether the file was removed, or never came in completely: a peer that has pieces of it should drop them. */
  wasRemoved(id: TorrentId): boolean {
    return this.#removed.has(id);
  }

  /** Notes that the peer has dropped the file; when all have, it need not be remembered any more. */
  dropped(id: TorrentId, peer: PeerId): void {
    this.#removed.cleared(id, peer);
  }

  /** Notes that the peer has pieces of the files in `held`, and of no others. */
  listed(peer: PeerId, held: Iterable<TorrentId>): void {
    this.#removed.listed(peer, held);
  }

  /** Notes that pieces of these files are about to be given to peers, before it is known that all will end well. */
  expectFiles(ids: readonly TorrentId[]): Promise<void> {
    return this.#keep({ type: 'arriving', ids });
  }

  /**
   * Notes that an expected file will not come. No record is needed: `expectFiles` without `addFiles` says the same
   * after a restart.
   */
  abandon(id: TorrentId): void {
    this.#arriving.delete(id);
    this.#removed.add(id, this.#holders());
  }

  /** Remembers files, all or none of them. */
  addFiles(files: readonly TorrentRecord[]): Promise<void> {
    return this.#keep({ type: 'files', files: files.map((file) => this.#toJson(file)) });
  }

  /** Remembers what was found out about a file; nothing, if it has been removed meanwhile. */
  learn(id: TorrentId, facts: LearntFacts): Promise<void> {
    return this.#keep({ type: 'learnt', id, ...factsToJson(facts) });
  }

  removeFile(id: TorrentId): Promise<void> {
    return this.#keep({ type: 'file-removed', id });
  }

  async rememberPeer(id: PeerId, ipcPath: string): Promise<void> {
    if (this.#peers.get(id) !== ipcPath) await this.#keep({ type: 'peer', id, ipc_path: ipcPath });
  }

  /** Whether the peer may still have to drop a removed file. */
  owes(peer: PeerId): boolean {
    return this.#removed.owes(peer);
  }

  /** Forgets the peer, and what it had still to drop; nothing, when it is not known. */
  async forgetPeer(id: PeerId): Promise<void> {
    if (this.#peers.has(id)) await this.#keep({ type: 'peer-forgotten', id });
  }

  /** Fails with JournalGoneError when a restart would not read what is written now. */
  check(): Promise<void> {
    return this.#noted(this.#journal.check());
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #toJson(file: TorrentRecord): FileJson {
    const json = fileToJson(file);
    this.#given.set(json, file);
    return json;
  }

  async #keep(record: LedgerRecord): Promise<void> {
    await this.#noted(this.#journal.append(record));
    // The record is safe already; a journal that could not be shortened is only longer than it needs to be.
    await this.#rewriteIfWasteful().catch((error: unknown) =>
      this.#log.error('server', 'the journal could not be rewritten', {}, error),
    );
  }

  /** Says once, loudly, that the journal is gone; and once that it is back. */
  async #noted(work: Promise<void>): Promise<void> {
    try {
      await work;
      if (this.#gone) this.#log.warn('server', 'the journal is back: uploads and deletes are taken again');
      this.#gone = false;
    } catch (error) {
      if (error instanceof JournalGoneError && !this.#gone) this.#log.error('server', error.message);
      this.#gone ||= error instanceof JournalGoneError;
      throw error;
    }
  }

  async #rewriteIfWasteful(): Promise<void> {
    const needed = this.#files.size + this.#removed.size + this.#peers.size;
    if (this.#lines <= 2 * needed + deadRecordsMax) return;
    this.#lines = needed;
    await this.#journal.rewrite();
  }

  /** All holders that may have pieces of a file. */
  #holders(): PeerId[] {
    return [tempHolderId, ...this.#peers.keys()];
  }

  /** Forgets removals: a line that is lost may have said that a file came after all, which must not be dropped then. */
  #doubtRemovals(): void {
    this.#arriving.clear();
    this.#removed.clear();
  }

  *#records(): Generator<LedgerRecord> {
    // Peers first: a removed file is remembered for those that were known before.
    for (const [id, ipc_path] of this.#peers) yield { type: 'peer', id, ipc_path };
    for (const id of this.#removed.ids()) yield { type: 'file-removed', id };
    yield { type: 'arriving', ids: [...this.#arriving] };
    for (const file of this.#files.values()) yield { type: 'files', files: [fileToJson(file)] };
    // Last: a snapshot that was cut short counts only what is left of it, and is found to be older.
    yield { type: 'epoch', records: this.#epoch.records };
    if (this.older !== undefined) yield { type: 'older-than-peers', ...this.older };
  }

  #apply(record: LedgerRecord): void {
    this.#lines += 1;
    this.#epoch.count();
    switch (record.type) {
      case 'arriving':
        for (const id of record.ids) this.#arriving.add(id);
        break;
      case 'files':
        for (const file of record.files) {
          this.#arriving.delete(file.id);
          this.#removed.delete(file.id);
          this.#files.set(file.id, this.#given.get(file) ?? fileFromJson(file));
        }
        break;
      case 'learnt':
        this.#learn(record.id, record);
        break;
      case 'file-removed':
        this.#files.delete(record.id);
        this.#removed.add(record.id, this.#holders());
        break;
      case 'epoch':
        this.#epoch.set(record.records);
        break;
      case 'older-than-peers':
        this.#epoch.foundOlder({ told: record.told, seen: record.seen });
        break;
      case 'peer':
        this.#peers.set(record.id, record.ipc_path);
        break;
      case 'peer-forgotten':
        this.#peers.delete(record.id);
        this.#removed.forgetPeer(record.id);
        break;
    }
  }

  #learn(id: TorrentId, facts: FactsJson): void {
    const file = this.#files.get(id);
    if (file !== undefined) this.#files.set(id, { ...file, ...factsFromJson(facts) });
  }
}
