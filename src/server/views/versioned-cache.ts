/**
 * Caches of rendered pages and views. A page that is asked for a thousand times a second between two changes is made
 * once.
 */
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';

/** Values that are kept until the version of their source changes. */
export class VersionedCache<Value> {
  readonly #values = new Map<string, Value>();
  #version = -1;

  /** The value kept under `key` for `version`, or a new one. An error that `make` throws is not kept. */
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
 * Values that are made from one file each, and kept until that file changes. A version is never used twice, not even by
 * a file that is removed and comes again.
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

/** Values in a cache: keys come from clients, and a page may have 350 KB. A full cache is emptied. */
export const entriesMax = 32;
