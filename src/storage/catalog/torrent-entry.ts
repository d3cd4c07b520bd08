/**
 * One torrent, and who holds which of its pieces. Pure: it is told what happens, and answers questions.
 *
 * Each holder has a holding: the pieces it says it has, whether it is online, and why it has them (`HoldingKind`).
 * A count of online copies is kept per piece, so that "can it be downloaded" costs nothing to ask.
 *
 * Nobody is called when something changes; versions are compared instead:
 *
 *     const seen = TorrentEntry.latestVersion; ... entry.version > seen     it, or one of its holdings, has changed
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { bytesOfPieces, type Metainfo, pieceCount } from '../../protocols/metainfo/types.ts';
import { infoHashV2 } from '../../protocols/metainfo/write-v2.ts';
import { type Loss, Losses } from './losses.ts';

/** The facts about a torrent that do not change, or are learnt once. */
export interface TorrentRecord extends Metainfo {
  readonly id: TorrentId;
  /** The SHA-256 of the complete file, 64 hex digits; null until we have seen all of it. */
  readonly sha256: string | null;
  /** The time at which it came in, in milliseconds since 1970. */
  readonly createdMs: number;
}

/** Facts about a torrent that are found out after it was listed. */
export type LearntFacts = Partial<Pick<TorrentRecord, 'sha256' | 'tree'>>;

/**
 * Why a holder has pieces: `stored`, since we had them written there; `lent`, since the file is the user's own, which
 * may be read, and may change or go at any time; `wire`, since a BitTorrent peer says so.
 */
export type HoldingKind = 'stored' | 'lent' | 'wire';

/** The pieces that one holder has of one file. */
export interface Holding {
  readonly pieces: Bitfield;
  readonly kind: HoldingKind;
  online: boolean;
  /** The entry's version at the last change of this holding. */
  version: number;
}

export type Availability = 'available' | 'partial' | 'unavailable';

/** A torrent in the catalog, or on its way in. */
export class TorrentEntry {
  /**
   * The count of the changes of all entries together, so that one comparison shows that none of thousands has changed.
   */
  static #latestVersion = 0;
  #version = 0;
  #record: TorrentRecord;
  #infoHashV2: string | undefined;
  #foldedName: string | undefined;
  readonly pieces: number;
  /** The copies that turned out to be bad, and have not been replaced where they were. */
  readonly losses: Losses;
  readonly #holdings = new Map<PeerId, Holding>();
  /** The number of online copies of each piece, of every kind. */
  readonly #copies: Uint32Array;
  /** The number of pieces that have no copy online, one, two... */
  readonly #piecesWith: number[];

  constructor(record: TorrentRecord) {
    this.#record = record;
    this.#infoHashV2 = infoHashV2(record);
    this.pieces = pieceCount(record);
    this.losses = new Losses(this.pieces);
    this.#copies = new Uint32Array(this.pieces);
    this.#piecesWith = [this.pieces];
    this.#changed();
  }

  /** The version of the entry that changed last, whichever it is. */
  static get latestVersion(): number {
    return TorrentEntry.#latestVersion;
  }

  /** A number that rises whenever something of the entry, or of a holding, changes. */
  get version(): number {
    return this.#version;
  }

  get record(): TorrentRecord {
    return this.#record;
  }

  /** The v2 info-hash, 64 hex digits; undefined while there is no v2 torrent. */
  get infoHashV2(): string | undefined {
    return this.#infoHashV2;
  }

  /**
   * The name as it is searched: made once, since every search looks at every entry. No fact that is learnt changes it.
   */
  get foldedName(): string {
    this.#foldedName ??= foldName(this.#record.name);
    return this.#foldedName;
  }

  learn(facts: LearntFacts): void {
    this.#record = { ...this.#record, ...facts };
    this.#infoHashV2 = infoHashV2(this.#record);
    this.#changed();
  }

  /** Notes that the entry is in the catalog from now on: there it is new, with all that holders have. */
  listed(): void {
    this.#changed();
    for (const holding of this.#holdings.values()) holding.version = this.#version;
  }

  /** The holdings of all holders that have something of the torrent, offline ones too. */
  get holdings(): ReadonlyMap<PeerId, Readonly<Holding>> {
    return this.#holdings;
  }

  /** The number of pieces with at least one copy online. */
  get availablePieces(): number {
    return this.pieces - (this.#piecesWith[0] ?? 0);
  }

  get state(): Availability {
    if (this.availablePieces === this.pieces) return 'available';
    return this.availablePieces === 0 ? 'unavailable' : 'partial';
  }

  /** The number of online copies of the rarest piece; 0 for an empty file. */
  get replicas(): number {
    return Math.max(
      0,
      this.#piecesWith.findIndex((pieces) => pieces > 0),
    );
  }

  /** The number of online copies of the rarest among the pieces `first` to `end - 1`; 0 when there are none. */
  rarest(first: number, end: number): number {
    let least = this.#copies[first] ?? 0;
    for (let pieceIndex = first + 1; pieceIndex < end; pieceIndex += 1)
      least = Math.min(least, this.#copies[pieceIndex] ?? 0);
    return least;
  }

  /** The number of online holders that have every piece. */
  get seeds(): number {
    let seeds = 0;
    for (const holding of this.#holdings.values()) if (holding.online && holding.pieces.full) seeds += 1;
    return seeds;
  }

  /** Whether every piece is stored with an online holder, a peer or the server's own temp store. */
  get stored(): boolean {
    const stored = new Bitfield(this.pieces);
    for (const { pieces, kind, online } of this.#holdings.values()) {
      if (online && kind === 'stored') for (const pieceIndex of pieces) stored.add(pieceIndex);
    }
    return stored.full;
  }

  /** Whether the holder stores pieces of the file for us; false for one that lends it, or has nothing of it. */
  isStoredAt(id: PeerId): boolean {
    return this.#holdings.get(id)?.kind === 'stored';
  }

  /** The number of online copies of each piece. */
  copies(): readonly number[] {
    return [...this.#copies];
  }

  /** Whether anybody online has the piece. */
  reachable(pieceIndex: number): boolean {
    return (this.#copies[pieceIndex] ?? 0) > 0;
  }

  /** Whether anybody online has the piece who is no BitTorrent peer. */
  heldHere(pieceIndex: number): boolean {
    for (const { pieces, kind, online } of this.#holdings.values())
      if (online && kind !== 'wire' && pieces.has(pieceIndex)) return true;
    return false;
  }

  /** The pieces from `first` to `last` that nobody online has. */
  missing(first = 0, last = this.pieces - 1): number[] {
    const missing: number[] = [];
    for (let pieceIndex = first; pieceIndex <= last; pieceIndex += 1)
      if (!this.reachable(pieceIndex)) missing.push(pieceIndex);
    return missing;
  }

  /** The online holders of a piece. */
  holdersOf(pieceIndex: number): PeerId[] {
    const ids: PeerId[] = [];
    for (const [id, holding] of this.#holdings) if (holding.online && holding.pieces.has(pieceIndex)) ids.push(id);
    return ids;
  }

  /**
   * Replaces what is known of one holder by `pieces`; indices past the end are not ours and are ignored. A holder that
   * says once more what it has said before changes nothing.
   */
  setHolding(id: PeerId, pieces: Iterable<number>, kind: HoldingKind): void {
    const said = new Bitfield(this.pieces);
    for (const pieceIndex of pieces) if (pieceIndex < this.pieces) said.add(pieceIndex);
    if (this.losses.forget(id, said)) this.#changed();
    for (const pieceIndex of this.losses.unreadable(id)) said.remove(pieceIndex);
    const known = this.#holdings.get(id);
    if (known?.online && known.kind === kind && known.pieces.equals(said)) return;
    this.#removeHolding(id);
    if (this.losses.unreadableCount(id) > 0) this.#holdings.set(id, this.#newHolding(kind));
    for (const pieceIndex of said) this.addPiece(id, pieceIndex, kind);
  }

  /** Notes that the holder, which is online, has gained a piece. */
  addPiece(id: PeerId, pieceIndex: number, kind: HoldingKind = 'stored'): void {
    let holding = this.#holdings.get(id);
    if (holding === undefined) {
      holding = this.#newHolding(kind);
      this.#holdings.set(id, holding);
    }
    if (holding.pieces.add(pieceIndex)) {
      if (holding.online) this.#count(pieceIndex, 1);
      this.#changed(holding);
    }
    if (!this.losses.none && this.losses.repaired(id, pieceIndex)) this.#changed();
  }

  /** Notes that the holder turned out not to have a piece, or to have it wrong. */
  losePiece(id: PeerId, pieceIndex: number, loss: Loss): void {
    this.removePiece(id, pieceIndex);
    this.losses.note(id, pieceIndex, loss);
    this.#changed();
  }

  /** Notes that the holder turned out to have nothing of the torrent any more. */
  loseHolder(id: PeerId): void {
    for (const pieceIndex of this.#holdings.get(id)?.pieces ?? []) this.losses.note(id, pieceIndex, 'not-found');
    this.removeHolder(id);
  }

  /** Notes that the holder has dropped a piece. */
  removePiece(id: PeerId, pieceIndex: number): void {
    const holding = this.#holdings.get(id);
    if (!holding?.pieces.remove(pieceIndex)) return;
    if (holding.online) this.#count(pieceIndex, -1);
    this.#changed(holding);
  }

  /** Notes that the holder has nothing of the torrent any more, not even copies that cannot be read. */
  removeHolder(id: PeerId): void {
    if (this.losses.unreadableCount(id) > 0 && this.losses.remove(id)) this.#changed();
    this.#removeHolding(id);
  }

  #removeHolding(id: PeerId): void {
    this.setOnline(id, false);
    if (this.#holdings.delete(id)) this.#changed();
  }

  #newHolding(kind: HoldingKind): Holding {
    return { pieces: new Bitfield(this.pieces), kind, online: true, version: 0 };
  }

  /** Notes that the holder went or came back; what it has is remembered meanwhile. */
  setOnline(id: PeerId, online: boolean): void {
    const holding = this.#holdings.get(id);
    if (holding === undefined || holding.online === online) return;
    holding.online = online;
    for (const pieceIndex of holding.pieces) this.#count(pieceIndex, online ? 1 : -1);
    this.#changed(holding);
  }

  #count(pieceIndex: number, change: 1 | -1): void {
    const before = this.#copies[pieceIndex] ?? 0;
    const after = before + change;
    this.#copies[pieceIndex] = after;
    this.#piecesWith[before] = (this.#piecesWith[before] ?? 0) - 1;
    this.#piecesWith[after] = (this.#piecesWith[after] ?? 0) + 1;
  }

  #changed(holding?: Holding): void {
    TorrentEntry.#latestVersion += 1;
    this.#version = TorrentEntry.#latestVersion;
    if (holding !== undefined) holding.version = this.#version;
  }
}

/** A name without case, and in one normal form: a Mac sends `é` as two characters, `e` and an accent. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** The bytes of the pieces of `entry` that the holder `id` has. */
export function heldBytes({ record, holdings }: TorrentEntry, id: PeerId): number {
  const held = holdings.get(id)?.pieces;
  return held === undefined ? 0 : bytesOfPieces(record, held);
}
