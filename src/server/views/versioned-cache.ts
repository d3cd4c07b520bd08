import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';

/**
 * Answers kept until what they were made from changes. A page that is asked for a thousand times a second between two
 * changes of the catalog is made once.
 */
export class VersionedCache<Value> {
  readonly #values = new Map<string, Value>();
  #version = -1;

  /** The value kept under `key` for `version`, or a new one. What `make` throws is not kept. */
  get(version: number, key: string, make: () => Value): Value {
    if (version !== this.#version || this.#values.size >= entriesMax) {
      this.#values.clear();
      this.#version = version;
    }
    const kept = this.#values.get(key);
    if (kept !== undefined) return kept;
    const value = make();
    this.#values.set(key, value);
    return value;
  }
}

/**
 * The same for what is made from one file each: that others change meanwhile does not matter. Versions of files are
 * never used twice, not by a file that comes again either.
 */
export class FileViewCache<Value> {
  readonly #values = new Map<string, { readonly version: number; readonly value: Value }>();

  /** The value kept under `key` for the file as it is now, or a new one. */
  get({ record, version }: Pick<TorrentEntry, 'record' | 'version'>, key: string, make: () => Value): Value {
    const place = `${record.id} ${key}`;
    const kept = this.#values.get(place);
    if (kept?.version === version) return kept.value;
    if (kept === undefined && this.#values.size >= entriesMax) this.#values.clear();
    const value = make();
    this.#values.set(place, { version, value });
    return value;
  }
}

/** Keys come from clients. A page may have 350 KB; the few that matter are soon back. */
export const entriesMax = 32;
