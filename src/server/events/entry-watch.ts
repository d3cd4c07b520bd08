/**
 * Finds the files that have changed since it last looked, and those that went. `remember` says what is to be known of
 * each file as it was then, to compare it with.
 *
 * A look at ten thousand files of which none has changed is one comparison, and a comparison each when some have.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';

export interface EntryChange<Memory> {
  readonly id: TorrentId;
  /** Undefined when the file is not listed any more. */
  readonly entry: TorrentEntry | undefined;
  /** Undefined when it was not listed at the last look. */
  readonly before: Memory | undefined;
  /** Undefined when the file is not listed any more. */
  readonly after: Memory | undefined;
  /** Whatever has a later version has changed since the last look. */
  readonly since: number;
}

/** Before every version there is. */
const never = -1;

export class EntryWatch<Memory> {
  readonly #catalog: Catalog;
  readonly #remember: (entry: TorrentEntry) => Memory;
  readonly #memories = new Map<TorrentId, Memory>();
  #seen = never;

  constructor(catalog: Catalog, remember: (entry: TorrentEntry) => Memory) {
    this.#catalog = catalog;
    this.#remember = remember;
  }

  /** What has changed since the last look; at the first one all that there is. */
  *look(): Generator<EntryChange<Memory>> {
    const [since, latest] = [this.#seen, TorrentEntry.latestVersion];
    for (const entry of latest > since ? this.#catalog.entries() : []) {
      if (entry.version > since) yield this.#changed(entry, since);
    }
    if (this.#memories.size > this.#catalog.size) yield* this.#gone(since);
    this.#seen = latest;
  }

  /** Takes all there is as seen. */
  catchUp(): void {
    for (const _ of this.look());
  }

  /** The next look is the first one again. */
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
