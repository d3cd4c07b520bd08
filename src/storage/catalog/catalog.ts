/**
 * All files, and who holds what. Pure: no I/O, no clock; one owner changes it, everybody reads it. Whatever must
 * survive a restart goes through the ledger (`ledger.ts`) first.
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { HeldFile } from '../holders/holder.ts';
import { Losses } from './losses.ts';
import { foldName, type LearntFacts, TorrentEntry } from './torrent-entry.ts';

/** A page that is asked for. */
export interface ListQuery {
  /** A text that names must contain, whatever the case and the Unicode normal form. */
  readonly text?: string | undefined;
  readonly limit: number;
  /** The last file of the page before, which need not be listed any more. */
  readonly after?: ListPosition | undefined;
}

/** A place in the list, which is sorted by time, newest first, then by id. */
export interface ListPosition {
  readonly createdMs: number;
  readonly id: TorrentId;
}

/** A page of the list. */
export interface ListPage {
  /** The number of files that match, on whatever page. */
  readonly count: number;
  readonly entries: readonly TorrentEntry[];
  /** Whether there are more files after these. */
  readonly more: boolean;
}

/** The files that are listed, and those on their way in. */
export class Catalog {
  readonly #entries = new Map<TorrentId, TorrentEntry>();
  /** Files on their way in: not listed yet, but told of every holder that comes and goes. */
  readonly #arriving = new Map<TorrentId, TorrentEntry>();
  readonly #byName = new Map<string, Set<TorrentEntry>>();
  /** The entries by their v2 info-hash, cut to 40 digits as on the wire (BEP 52, "infohash"). */
  readonly #byInfoHashV2 = new Map<string, TorrentEntry>();
  #newestFirst: TorrentEntry[] | undefined;
  /** The number of comings and goings, of files and of holders. */
  #changes = 0;

  /**
   * A number that rises whenever an answer of the catalog, or of one of its entries, may have changed: what was made
   * from them can be kept until then. Entries of other catalogs in the process count too, so it may rise too often.
   */
  get version(): number {
    return this.#changes + TorrentEntry.latestVersion;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All files, in no particular order. */
  entries(): IterableIterator<TorrentEntry> {
    return this.#entries.values();
  }

  get(id: TorrentId): TorrentEntry | undefined {
    return this.#entries.get(id);
  }

  /**
   * The file with that info-hash: the v1 one, 40 hex digits, which is its id, or the v2 one, 64 digits, or the first 40
   * of those (BEP 52, "infohash").
   */
  byInfoHash(hash: string): TorrentEntry | undefined {
    const entry = this.#entries.get(hash as TorrentId) ?? this.#byInfoHashV2.get(hash.slice(0, 40));
    return hash.length === 40 || entry?.infoHashV2 === hash ? entry : undefined;
  }

  /** All files of that name, the newest first. */
  named(name: string): TorrentEntry[] {
    return [...(this.#byName.get(name) ?? [])].sort(newestFirst);
  }

  /** Follows the holders of a file that is not to be listed yet. */
  expect(entry: TorrentEntry): void {
    this.#arriving.set(entry.record.id, entry);
  }

  /** Follows a file no longer that will not be listed after all. */
  forget(entry: TorrentEntry): void {
    this.#arriving.delete(entry.record.id);
  }

  /** Lists `entry`, with what is known of its holders. */
  add(entry: TorrentEntry): void {
    this.forget(entry);
    this.remove(entry.record.id);
    this.#entries.set(entry.record.id, entry);
    const namesakes = this.#byName.get(entry.record.name) ?? new Set();
    this.#byName.set(entry.record.name, namesakes.add(entry));
    this.#indexV2(entry);
    entry.listed();
    this.#filesChanged();
  }

  remove(id: TorrentId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#byInfoHashV2.delete(entry.infoHashV2?.slice(0, 40) ?? '');
    const namesakes = this.#byName.get(entry.record.name);
    namesakes?.delete(entry);
    if (namesakes?.size === 0) this.#byName.delete(entry.record.name);
    this.#filesChanged();
  }

  /** Notes what was found out about a listed file. */
  learn(entry: TorrentEntry, facts: LearntFacts): void {
    entry.learn(facts);
    this.#indexV2(entry);
  }

  /** A page of the files, the newest first. */
  list({ text, limit, after }: ListQuery): ListPage {
    const wanted = foldName(text ?? '');
    this.#newestFirst ??= [...this.#entries.values()].sort(newestFirst);
    const matches =
      wanted === '' ? this.#newestFirst : this.#newestFirst.filter(({ foldedName }) => foldedName.includes(wanted));
    const start = after === undefined ? 0 : matches.findIndex(({ record }) => compare(record, after) > 0);
    const entries = start < 0 ? [] : matches.slice(start, start + limit);
    return { count: matches.length, entries, more: start >= 0 && start + entries.length < matches.length };
  }

  /**
   * Replaces all that was known of `holder`, which is online, by what it says it has. Answers the files we do not list.
   */
  setHoldings(holder: PeerId, held: readonly HeldFile[]): TorrentId[] {
    const named = new Set(held.map(({ file }) => this.#known(file)));
    for (const entry of this.#all()) if (!named.has(entry)) entry.removeHolder(holder);
    const unknown: TorrentId[] = [];
    for (const { file, parts, shared } of held) {
      const entry = this.#known(file);
      if (entry === undefined) unknown.push(file);
      else entry.setHolding(holder, indices(parts, entry.pieces), shared ? 'lent' : 'stored');
    }
    this.#changed();
    return unknown;
  }

  /** The number of copies at `holder` that cannot be read, of all files. */
  unreadableAt(holder: PeerId): number {
    if (!Losses.anyUnreadable) return 0;
    let count = 0;
    for (const entry of this.#all()) count += entry.losses.unreadableCount(holder);
    return count;
  }

  setOnline(holder: PeerId, online: boolean): void {
    for (const entry of this.#all()) entry.setOnline(holder, online);
    this.#changed();
  }

  /** Forgets all that `holder` has. */
  forgetHolder(holder: PeerId): void {
    for (const entry of this.#all()) entry.removeHolder(holder);
    this.#changed();
  }

  /** Whether `holder`, online or not, has a piece of any file, as far as is known. */
  hasPieces(holder: PeerId): boolean {
    for (const entry of this.#all()) if ((entry.holdings.get(holder)?.pieces.count ?? 0) > 0) return true;
    return false;
  }

  #known(file: TorrentId): TorrentEntry | undefined {
    return this.#entries.get(file) ?? this.#arriving.get(file);
  }

  #indexV2(entry: TorrentEntry): void {
    if (entry.infoHashV2 !== undefined) this.#byInfoHashV2.set(entry.infoHashV2.slice(0, 40), entry);
  }

  *#all(): Generator<TorrentEntry> {
    yield* this.#entries.values();
    yield* this.#arriving.values();
  }

  #filesChanged(): void {
    this.#newestFirst = undefined;
    this.#changed();
  }

  #changed(): void {
    this.#changes += 1;
  }
}

function newestFirst(a: TorrentEntry, b: TorrentEntry): number {
  return compare(a.record, b.record);
}

/** The order of the list, newest first; the id only makes it a total order. */
function compare(a: ListPosition, b: ListPosition): number {
  if (a.createdMs !== b.createdMs) return b.createdMs - a.createdMs;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** The indices that inclusive ranges stand for, those below `end` only. */
function* indices(ranges: HeldFile['parts'], end: number): Generator<number> {
  for (const { first, last } of ranges) {
    for (let index = first; index <= last && index < end; index += 1) yield index;
  }
}
