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

/** Keys come from clients. A page may have 350 KB; the few that matter are soon back. */
const entriesMax = 32;
