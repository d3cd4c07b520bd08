/**
 * Finds the torrents that have changed since the last look, and those that were removed. `remember` makes what is
 * needed of each torrent as it was then, for the comparison.
 *
 * A look at ten thousand torrents of which none has changed is one comparison, and one for each when some have.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';

/** One torrent that was added, changed or removed. */
export interface EntryChange<Memory> {
  readonly id: TorrentId;
  /** The torrent now; undefined when it is not listed any more. */
  readonly entry: TorrentEntry | undefined;
  /** The torrent's memory of the last look; undefined when it was not listed then. */
  readonly before: Memory | undefined;
  /** The torrent's memory now; undefined when it is not listed any more. */
  readonly after: Memory | undefined;
  /** The latest version at the last look: holdings with a later one have changed since. */
  readonly since: number;
}

/** A version before all others. */
const never = -1;

/** The torrents of a catalog, as they were at the last look. */
export class EntryWatch<Memory> {
  readonly #catalog: Catalog;
  readonly #remember: (entry: TorrentEntry) => Memory;
  readonly #memories = new Map<TorrentId, Memory>();
  #seen = never;

  constructor(catalog: Catalog, remember: (entry: TorrentEntry) => Memory) {
    this.#catalog = catalog;
    this.#remember = remember;
  }

  /** The torrents that have changed since the last look; at the first look all. */
  *look(): Generator<EntryChange<Memory>> {
    const [since, latest] = [this.#seen, TorrentEntry.latestVersion];
    for (const entry of latest > since ? this.#catalog.entries() : []) {
      if (entry.version > since) yield this.#changed(entry, since);
    }
    if (this.#memories.size > this.#catalog.size) yield* this.#gone(since);
    this.#seen = latest;
  }

  /** Takes all torrents as seen. */
  catchUp(): void {
    for (const _ of this.look());
  }

  /** Forgets all torrents: the next look is the first again. */
  forget(): void {
    this.#memories.clear();
    this.#seen = never;
  }

  #changed(entry: TorrentEntry, since: number): EntryChange<Memory> {
    const { id } = entry.record;
    const before = this.#memories.get(id);
    const after = this.#remember(entry);
    this.#memories.set(id, after);
    return { id, entry, before, after, since };
  }

  *#gone(since: number): Generator<EntryChange<Memory>> {
    for (const [id, before] of this.#memories) {
      if (this.#catalog.get(id) !== undefined) continue;
      this.#memories.delete(id);
      yield { id, entry: undefined, before, after: undefined, since };
    }
  }
}
