/**
 * One holder's round of the scrub: which of its pieces is looked at next, and when, so that all of them have been
 * looked at by the end of the period, evenly. Pure: the clock is passed in, the looking is done elsewhere.
 *
 * Files are taken in the order of their ids, which are as good as random. A round knows how far it is by the last file
 * that it finished; so it can be left at any time, by the holder or by the server, and taken up again.
 */
import type { FileId, PeerId } from '../bytes/ids.ts';
import { pieceSize } from '../protocols/metainfo/types.ts';
import type { Catalog } from './catalog.ts';
import { type FileEntry, heldBytes } from './file-entry.ts';

/** Where a round stands: what survives a restart. */
export interface RoundRecord {
  /** Milliseconds since 1970, as all times here. */
  readonly beganMs: number;
  /** The last file that was looked through; null at the beginning. */
  readonly lastFile: FileId | null;
  /** When the last piece of the last whole round was verified; null before. */
  readonly verifiedMs: number | null;
}

export interface CopyToVerify {
  readonly entry: FileEntry;
  readonly part: number;
  /** Bytes. */
  readonly size: number;
}

type Listing = Pick<Catalog, 'entries' | 'get'>;

/** What is left of a round is looked up again so often: files and pieces come and go meanwhile. */
const planMs = 60 * 60 * 1000;
/** A holder that has nothing yet is looked at again so much later. */
const emptyMs = 60 * 1000;

export class ScrubRound {
  readonly holder: PeerId;
  readonly #periodMs: number;
  #record: RoundRecord;
  /** When the next piece is due. */
  #dueMs: number;
  #plannedMs = Number.NEGATIVE_INFINITY;
  /** The files that are left, as of the last plan; those before `#at` are done. */
  #queue: readonly FileEntry[] = [];
  #at = 0;
  /** The first piece of the file at hand that was not looked at, and the bytes of those that were. */
  #part = 0;
  #doneBytes = 0;
  /** Of the whole round. */
  #bytesLeft = 0;

  constructor(holder: PeerId, periodMs: number, nowMs: number, record?: RoundRecord) {
    this.holder = holder;
    this.#periodMs = periodMs;
    this.#record = record ?? { beganMs: nowMs, lastFile: null, verifiedMs: null };
    this.#dueMs = this.#over ? this.#endMs : nowMs;
  }

  get record(): RoundRecord {
    return this.#record;
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  /** The copy to look at next; undefined when there is none before `dueMs`. */
  next(catalog: Listing, nowMs: number): CopyToVerify | undefined {
    if (this.#over || this.#record.beganMs > nowMs) this.#begin(nowMs); // the clock may have been set back
    if (nowMs - this.#plannedMs >= planMs || nowMs < this.#plannedMs) this.#plan(catalog, nowMs);
    for (let entry = this.#queue[this.#at]; entry !== undefined; entry = this.#queue[this.#at]) {
      const part = this.#nextPart(catalog, entry);
      if (part !== undefined) return { entry, part, size: pieceSize(entry.record, part) };
      this.#record = { ...this.#record, lastFile: entry.record.id };
      this.#turnTo(this.#at + 1);
    }
    this.#end(nowMs);
    return undefined;
  }

  /** The copy that `next` gave was looked at: the following one has its time in the rest of the period. */
  looked({ part, size }: CopyToVerify, nowMs: number): void {
    if (this.#over) return; // somebody else verified all meanwhile
    const share = size / Math.max(size, this.#bytesLeft);
    this.#bytesLeft -= size;
    this.#doneBytes += size;
    this.#part = part + 1;
    // After the last one nothing is waited for: the end is noted when it is reached.
    this.#dueMs = this.#bytesLeft > 0 ? nowMs + share * Math.max(0, this.#endMs - nowMs) : nowMs;
  }

  /** The copy that `next` gave could not be looked at: it has its turn again in `ms`. */
  postpone(nowMs: number, ms: number): void {
    this.#dueMs = nowMs + ms;
  }

  /** All that the holder has was verified by somebody else, who began at `beganMs`: as good as a round. */
  verifiedBySomebody(beganMs: number, nowMs: number): void {
    this.#record = { beganMs, lastFile: null, verifiedMs: nowMs };
    this.#dueMs = this.#endMs;
  }

  get #endMs(): number {
    return this.#record.beganMs + this.#periodMs;
  }

  /** Whether this round is done, and the next one has not begun. */
  get #over(): boolean {
    const { beganMs, verifiedMs } = this.#record;
    return verifiedMs !== null && verifiedMs >= beganMs;
  }

  #begin(nowMs: number): void {
    this.#record = { ...this.#record, beganMs: nowMs, lastFile: null };
    this.#plannedMs = Number.NEGATIVE_INFINITY;
    this.#queue = [];
    this.#turnTo(0);
  }

  #end(nowMs: number): void {
    if (this.#record.lastFile === null) {
      this.#begin(nowMs);
      this.#dueMs = nowMs + emptyMs;
      return;
    }
    this.#record = { ...this.#record, verifiedMs: nowMs };
    this.#dueMs = Math.max(nowMs, this.#endMs);
  }

  #plan(catalog: Listing, nowMs: number): void {
    const { lastFile } = this.#record;
    const atHand = this.#queue[this.#at];
    this.#queue = [...catalog.entries()]
      .filter((entry) => (lastFile === null || entry.record.id > lastFile) && heldBytes(entry, this.holder) > 0)
      .sort((one, other) => (one.record.id < other.record.id ? -1 : 1));
    if (this.#queue[0] === atHand) this.#at = 0;
    else this.#turnTo(0);
    const bytes = this.#queue.reduce((sum, entry) => sum + heldBytes(entry, this.holder), 0);
    this.#bytesLeft = bytes - this.#doneBytes;
    this.#plannedMs = nowMs;
  }

  /** Makes file `at` of the queue the one at hand. */
  #turnTo(at: number): void {
    this.#at = at;
    this.#part = 0;
    this.#doneBytes = 0;
  }

  #nextPart(catalog: Listing, entry: FileEntry): number | undefined {
    if (catalog.get(entry.record.id) !== entry) return undefined;
    const pieces = entry.holdings.get(this.holder)?.pieces;
    for (let part = this.#part; part < entry.pieces; part += 1) if (pieces?.has(part)) return part;
    return undefined;
  }
}
