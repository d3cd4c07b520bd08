/**
 * The age of the server's metadata: the number of records that its ledger has ever written, which only grows. Peers are
 * told it and keep the highest that they were told, so one that knows a later epoch shows that the metadata is an older
 * copy (a restored backup, a lost tail). Then no peer is told to drop anything, and the epoch that is told stays where
 * it was, however much is written: else the old copy would soon pass for the newest. Pure.
 */

/** The epochs at the time when a peer was found to know a later one. */
export interface OlderMetadata {
  /** The epoch of the ledger, which is told to peers until somebody accepts it. */
  readonly told: number;
  /** The highest epoch that a peer has answered. */
  readonly seen: number;
}

/** The epoch of a ledger, as its records say it. */
export class Epoch {
  #records = 0;
  #older: OlderMetadata | undefined;

  /** The number of records that were ever written. */
  get records(): number {
    return this.#records;
  }

  /** The epoch that peers are told: at least 1, as the protocol wants. */
  get told(): number {
    return this.#older?.told ?? Math.max(1, this.#records);
  }

  /** The epochs, if the metadata is older than what a peer has seen. */
  get older(): OlderMetadata | undefined {
    return this.#older;
  }

  /** Counts one record. */
  count(): void {
    this.#records += 1;
  }

  /** Takes what a record says: the number of all that were written before. */
  set(records: number): void {
    this.#records = records;
    if (this.#older !== undefined && records > this.#older.seen) this.#older = undefined;
  }

  /** Notes that a peer knows the epoch `seen`, later than what it was told. */
  foundOlder(older: OlderMetadata): void {
    this.#older = older;
  }

  /** Judges a peer's reply: the epochs to note, when it knows a later one than was known before. */
  judge(seen: number | undefined): OlderMetadata | undefined {
    if (seen === undefined || seen <= Math.max(this.told, this.#older?.seen ?? 0)) return undefined;
    return { told: this.told, seen };
  }
}
