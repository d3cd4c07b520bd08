/**
 * Which block to ask of which peer. Pure: it is told what peers have and what comes, and answers one question, `next`.
 *
 * A peer is asked, in this order:
 *
 * 1. for the rest of a piece that it began: a piece from one peer is soon whole, and it is known who gave it;
 * 2. for the rest of a piece whose peer has gone, or gives nothing any more;
 * 3. for a new piece: the rarest among the peers (BEP 3), but the first few at random, so that there is soon something
 *    to give in return;
 * 4. when no new piece may be begun: for the rest of any piece;
 * 5. for all of a doubted piece, of which another gave a part. A piece that came from several and did not hash has to
 *    come from one, and that one might choke or dawdle until the end of time;
 * 6. for a new piece in the place of one that nobody gives more of;
 * 7. at the end (BEP 3, "endgame"), when all that can be had is asked of somebody: for the same blocks once more, a few
 *    at a time; and so where slow peers use up the memory.
 *
 * A peer of last resort is asked for what no other has, and for everything while others give nothing.
 */
import type { Bitfield } from '../../../bytes/bitfield.ts';
import type { TorrentShape } from '../../../protocols/wire/session.ts';
import type { Block } from '../../../protocols/wire/types.ts';
import { OutstandingPieces } from './outstanding-pieces.ts';
import { PartialPiece } from './partial-piece.ts';
import { Rarity } from './rarity.ts';

/** Who can be asked. */
export interface PickerPeer {
  /** What it says it has. It grows only together with `Picker.gained`. */
  readonly pieces: Bitfield;
  /** It is not counted among those that have a piece. */
  readonly lastResort: boolean;
  /** It is asked only for what no other has. */
  readonly standsBack: boolean;
  /** What it gave lately. */
  readonly bytesPerSecond: number;
  /** Blocks that it was asked for and has not given. */
  readonly owes: number;
  /** Whether it does not give that piece, although it says that it has it. */
  refuses(index: number): boolean;
}

export interface PickerOptions<Peer> {
  readonly shape: TorrentShape;
  /** The pieces that are here already. */
  readonly have: Bitfield;
  /** Pieces that may be under way at once: each takes memory. */
  readonly underWayMax: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** It is under way no more, what has come of it is void, and what is asked for of it is not wanted. */
  readonly onDropped: (piece: PartialPiece<Peer>) => void;
}

/** So many pieces are chosen at random, before the rarest are. */
const randomPieces = 4;
/** A block is asked of so many at the end, at most. */
const askersMax = 3;
/** Who still owes so many blocks is not asked for what others owe: those will most likely have come before. */
const againMax = 4;
/** Where it is not the end, only a peer that is so many times as fast is asked for what another owes. */
const muchFaster = 4;

export class Picker<Peer extends PickerPeer> {
  readonly #shape: TorrentShape;
  readonly #underWayMax: number;
  readonly #random: () => number;
  readonly #onDropped: (piece: PartialPiece<Peer>) => void;
  readonly #rarity: Rarity;
  readonly #underWay = new OutstandingPieces<Peer>();
  /** Pieces that came from several peers and did not hash. */
  readonly #doubted = new Set<number>();
  /** The peers whose pieces are counted, and whether as one that has everything. */
  readonly #counted = new Map<Peer, boolean>();
  #done: number;

  constructor({ shape, have, underWayMax, random, onDropped }: PickerOptions<Peer>) {
    this.#shape = shape;
    this.#underWayMax = underWayMax;
    this.#random = random;
    this.#onDropped = onDropped;
    this.#done = have.count;
    const wanted = Array.from({ length: shape.pieces }, (_, index) => index).filter((index) => !have.has(index));
    this.#rarity = new Rarity(shape.pieces, wanted, random);
  }

  /** Pieces that are still to be asked for, wholly or in part. */
  get left(): number {
    return this.#rarity.length + this.#underWay.size;
  }

  /** Whether there is no memory for another piece. */
  get full(): boolean {
    return this.#underWay.size >= this.#underWayMax;
  }

  /** How many peers, but those of last resort, have piece `index`. */
  copies(index: number): number {
    return this.#rarity.of(index);
  }

  /** The missing pieces that no peer has but those of last resort, in no order. */
  get unheld(): number[] {
    const begun = [...this.#underWay].filter(({ index, complete }) => !complete && this.copies(index) === 0);
    return [...this.#rarity.unheldPieces, ...begun.map(({ index }) => index)];
  }

  /** A peer has come, with the pieces that it has now; `gained` tells of later ones. */
  join(peer: Peer): void {
    if (peer.lastResort || this.#counted.has(peer)) return;
    this.#counted.set(peer, peer.pieces.full);
    this.#rarity.add(peer.pieces);
  }

  /** A peer that is here has gained a piece. */
  gained(peer: Peer, index: number): void {
    if (this.#counted.has(peer)) this.#rarity.gained(index);
  }

  /** A peer has gone, or can no longer be counted on. What it was asked for has to be released besides. */
  leave(peer: Peer): void {
    const wasSeed = this.#counted.get(peer);
    if (wasSeed !== undefined) this.#rarity.remove(peer.pieces, wasSeed);
    this.#counted.delete(peer);
    this.#underWay.disown(peer);
  }

  /** The next block to ask of `peer`; it is noted that it is asked. */
  next(peer: Peer): Block | undefined {
    return (
      this.#underWay.askOwner(peer) ??
      this.#adopt(peer) ??
      this.#begin(peer) ??
      this.#help(peer) ??
      this.#takeOver(peer) ??
      this.#replace(peer) ??
      this.#again(peer)
    );
  }

  /** The piece that `block`, given by `peer`, belongs to, if that block is wanted. */
  wanting(peer: Peer, { index, begin, length }: Block): PartialPiece<Peer> | undefined {
    const piece = this.#underWay.get(index);
    return piece?.isOpenTo(peer) && piece.isMissing(begin, length) ? piece : undefined;
  }

  /** `peer` is not going to give this block. */
  release(peer: Peer, block: Block): void {
    this.postpone(peer, block);
    const piece = this.#underWay.get(block.index);
    if (piece?.untouched) this.#drop(piece);
  }

  /** `peer` is not going to give this block soon: others may be asked, but it is wanted should it come. */
  postpone(peer: Peer, { index, begin }: Block): void {
    const piece = this.#underWay.get(index);
    if (piece !== undefined) this.#underWay.release(peer, piece, begin);
  }

  /** Piece `index` is here: hashed. */
  finished(index: number): void {
    const piece = this.#underWay.get(index);
    if (piece !== undefined) this.#underWay.remove(piece);
    this.#doubted.delete(index);
    this.#done += 1;
  }

  /** Piece `index` did not hash: all of it has to be asked for again, of one peer alone if it is `doubted`. */
  failed(index: number, doubted: boolean): void {
    if (doubted) this.#doubted.add(index);
    const piece = this.#underWay.get(index);
    if (piece !== undefined) this.#drop(piece);
  }

  /** Piece `index`, which was here, is no more. */
  lost(index: number): void {
    this.#done -= 1;
    this.#rarity.putBack(index);
  }

  /** Something of a piece that another began, and gives no more of. */
  #adopt(peer: Peer): Block | undefined {
    for (const piece of this.#underWay.open) {
      if (piece.owner !== undefined || !piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      this.#underWay.own(peer, piece);
      const block = this.#underWay.askOwner(peer);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #begin(peer: Peer): Block | undefined {
    if (this.full) return undefined;
    const index = this.#choose(peer);
    return index === undefined ? undefined : this.#start(peer, index);
  }

  /** Something of a piece that another began: because there is no memory for more pieces, or there are no more. */
  #help(peer: Peer): Block | undefined {
    for (const piece of this.#underWay.open) {
      if (!piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      const block = this.#underWay.ask(peer, piece);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  /** What its only peer gave of it is lost: it must not be mixed with what another gives. */
  #takeOver(peer: Peer): Block | undefined {
    for (const piece of this.#underWay.exclusive) {
      if (piece.isOpenTo(peer) || piece.complete || !this.#canGive(peer, piece.index)) continue;
      const given = piece.owner !== undefined || !piece.idle;
      if (given && !isSooner(peer, piece)) continue;
      this.#drop(piece);
      return this.#start(peer, piece.index);
    }
    return undefined;
  }

  /**
   * A new piece, in the place of one that nobody gives more of: peers that begin pieces which no other has, and go,
   * must not use up the memory.
   */
  #replace(peer: Peer): Block | undefined {
    if (!this.full) return undefined;
    const dropped = [...this.#underWay.open].find((piece) => piece.owner === undefined && piece.idle && piece.hasFree);
    const index = dropped && this.#choose(peer);
    if (dropped === undefined || index === undefined) return undefined;
    this.#drop(dropped);
    return this.#start(peer, index);
  }

  /** What others owe: all of it at the end, or what the oldest piece waits for, where there is no memory for more. */
  #again(peer: Peer): Block | undefined {
    if (peer.owes >= againMax) return undefined;
    if (this.#rarity.length === this.#rarity.unheld) return this.#againOf(peer, this.#underWay);
    const [oldest] = this.#underWay;
    if (!this.full || oldest === undefined) return undefined;
    return this.#againOf(peer, [oldest], (other) => muchFaster * other.bytesPerSecond < peer.bytesPerSecond);
  }

  #againOf(
    peer: Peer,
    pieces: Iterable<PartialPiece<Peer>>,
    from: (other: Peer) => boolean = () => true,
  ): Block | undefined {
    for (const piece of pieces) {
      if (!piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      const block = piece.askAgain(peer, askersMax, from);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  /** A piece that nobody was asked for. */
  #choose(peer: Peer): number | undefined {
    const canGive = (index: number): boolean => this.#canGive(peer, index);
    if (this.#done < randomPieces && !peer.standsBack) return this.#rarity.any(this.#random(), peer.pieces, canGive);
    return peer.standsBack
      ? this.#rarity.rarestUnheld(peer.pieces, canGive)
      : this.#rarity.rarest(peer.pieces, canGive);
  }

  #start(peer: Peer, index: number): Block | undefined {
    this.#rarity.take(index);
    const only = this.#doubted.has(index) ? peer : undefined;
    const piece = new PartialPiece(index, this.#shape.pieceSize(index), only);
    this.#underWay.add(piece);
    this.#underWay.own(peer, piece);
    return this.#underWay.askOwner(peer);
  }

  #canGive(peer: Peer, index: number): boolean {
    if (!peer.pieces.has(index) || peer.refuses(index)) return false;
    return !peer.standsBack || this.#rarity.of(index) === 0;
  }

  #drop(piece: PartialPiece<Peer>): void {
    this.#underWay.remove(piece);
    this.#rarity.putBack(piece.index);
    this.#onDropped(piece);
  }
}

/**
 * Whether `peer` would give the whole piece in half the time that its only peer needs for the rest: half, so that two
 * that are about as fast do not take it from each other all the time.
 */
function isSooner(peer: PickerPeer, { size, only, missingBytes }: PartialPiece<PickerPeer>): boolean {
  return 2 * size * (only?.bytesPerSecond ?? 0) < missingBytes * peer.bytesPerSecond;
}
