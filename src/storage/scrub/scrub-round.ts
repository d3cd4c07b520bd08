/**
 * One holder's round of the scrub: which of its pieces is verified next, and when, so that all of them have been
 * verified by the end of the period, evenly. Pure: the time is passed in, the verifying is done elsewhere.
 *
 * Files are taken in the order of their ids, which are as good as random, and a file's pieces in their own order. So a
 * place in that order says how far a round is; the holder or the server can leave it at any time, and continue later.
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { heldBytes, type TorrentEntry } from '../catalog/torrent-entry.ts';
import { keeps, keptCount } from '../catalog/unreadable.ts';

/** The progress of a round: the part of it that survives a restart. */
export interface RoundRecord {
  /** The beginning of the round, in milliseconds since 1970, as all times here. */
  readonly beganMs: number;
  /** The first piece that was not verified yet: everything before it was. Null at the beginning. */
  readonly at: { readonly file: TorrentId; readonly pieceIndex: number } | null;
  /** The end of the last complete round; null before. */
  readonly verifiedMs: number | null;
}

/** One piece of the holder that is to be verified. */
export interface CopyToVerify {
  readonly entry: TorrentEntry;
  readonly pieceIndex: number;
  /** The size of the piece in bytes. */
  readonly size: number;
}

type Listing = Pick<Catalog, 'entries' | 'get'>;

/** The interval at which the rest of a round is planned anew: files and pieces come and go meanwhile. */
const planMs = 60 * 60 * 1000;
/** The time after which a holder that has nothing yet is looked at again. */
const emptyMs = 60 * 1000;

/** The round of one holder. */
export class ScrubRound {
  readonly holder: PeerId;
  readonly #periodMs: number;
  #record: RoundRecord;
  /** The time at which the next piece is due. */
  #dueMs: number;
  #plannedMs = Number.NEGATIVE_INFINITY;
  /** The files that are left, as of the last plan; those before `#next` are done. */
  #queue: readonly TorrentEntry[] = [];
  #next = 0;
  /** The bytes that are not verified yet in this round. */
  #bytesLeft = 0;

  constructor(holder: PeerId, periodMs: number, nowMs: number, record?: RoundRecord) {
    this.holder = holder;
    this.#periodMs = periodMs;
    this.#record = record ?? { beganMs: nowMs, at: null, verifiedMs: null };
    this.#dueMs = this.#over ? this.#endMs : nowMs;
  }

  get record(): RoundRecord {
    return this.#record;
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  /** The copy to verify next; undefined when there is none before `dueMs`. */
  next(catalog: Listing, nowMs: number): CopyToVerify | undefined {
    if (this.#over || this.#record.beganMs > nowMs) this.#begin(nowMs); // the clock may have been set back
    if (nowMs - this.#plannedMs >= planMs || nowMs < this.#plannedMs) this.#plan(catalog, nowMs);
    for (let entry = this.#queue[this.#next]; entry !== undefined; entry = this.#queue[this.#next]) {
      const pieceIndex = this.#nextPiece(catalog, entry);
      if (pieceIndex !== undefined) return { entry, pieceIndex, size: pieceSize(entry.record, pieceIndex) };
      this.#record = { ...this.#record, at: { file: entry.record.id, pieceIndex: entry.pieces } };
      this.#next += 1;
    }
    this.#end(nowMs);
    return undefined;
  }

  /** Notes that the copy that `next` gave was verified: the following one has its time in the rest of the period. */
  verified({ entry, pieceIndex, size }: CopyToVerify, nowMs: number): void {
    if (this.#over) return; // somebody else verified all meanwhile
    const share = size / Math.max(size, this.#bytesLeft);
    this.#bytesLeft -= size;
    this.#record = { ...this.#record, at: { file: entry.record.id, pieceIndex: pieceIndex + 1 } };
    // After the last one nothing is waited for: the end is noted when it is reached.
    this.#dueMs = this.#bytesLeft > 0 ? nowMs + share * Math.max(0, this.#endMs - nowMs) : nowMs;
  }

  /** Notes that the copy that `next` gave could not be verified: it is due again in `ms`. */
  postpone(nowMs: number, ms: number): void {
    if (!this.#over) this.#dueMs = nowMs + ms;
  }

  /** Ends the round, since all that the holder has was verified by somebody else, who began at `beganMs`. */
  verifiedBySomebody(beganMs: number, nowMs: number): void {
    this.#record = { beganMs, at: null, verifiedMs: Math.max(nowMs, beganMs + 1) };
    this.#dueMs = this.#endMs;
  }

  get #endMs(): number {
    return this.#record.beganMs + this.#periodMs;
  }

  /** Whether this round is done, and the next one has not begun. */
  get #over(): boolean {
    const { beganMs, verifiedMs } = this.#record;
    return verifiedMs !== null && verifiedMs > beganMs;
  }

  #begin(nowMs: number): void {
    this.#record = { ...this.#record, beganMs: nowMs, at: null };
    this.#plannedMs = Number.NEGATIVE_INFINITY;
  }

  #end(nowMs: number): void {
    if (this.#record.at === null) {
      this.#begin(nowMs);
      this.#dueMs = nowMs + emptyMs;
      return;
    }
    // Later than the beginning, so that the next round, which may begin at once, can be told from this one.
    this.#record = { ...this.#record, verifiedMs: Math.max(nowMs, this.#record.beganMs + 1) };
    this.#dueMs = Math.max(nowMs, this.#endMs);
  }

  #plan(catalog: Listing, nowMs: number): void {
    const { at } = this.#record;
    this.#queue = [...catalog.entries()]
      .filter((entry) => (at === null || entry.record.id >= at.file) && keptCount(entry, this.holder) > 0)
      .sort((one, other) => (one.record.id < other.record.id ? -1 : 1));
    this.#next = 0;
    this.#bytesLeft = this.#queue.reduce((sum, entry) => sum + this.#bytesLeftOf(entry), 0);
    this.#plannedMs = nowMs;
  }

  #bytesLeftOf(entry: TorrentEntry): number {
    let bytes = heldBytes(entry, this.holder);
    const pieces = entry.holdings.get(this.holder)?.pieces;
    for (let pieceIndex = 0; pieceIndex < this.#firstPiece(entry); pieceIndex += 1) {
      if (pieces?.has(pieceIndex)) bytes -= pieceSize(entry.record, pieceIndex);
    }
    return bytes;
  }

  #nextPiece(catalog: Listing, entry: TorrentEntry): number | undefined {
    if (catalog.get(entry.record.id) !== entry) return undefined;
    for (let pieceIndex = this.#firstPiece(entry); pieceIndex < entry.pieces; pieceIndex += 1)
      if (keeps(entry, this.holder, pieceIndex)) return pieceIndex;
    return undefined;
  }

  /** The first piece of a file that was not verified in this round. */
  #firstPiece(entry: TorrentEntry): number {
    const { at } = this.#record;
    return at?.file === entry.record.id ? at.pieceIndex : 0;
  }
}
