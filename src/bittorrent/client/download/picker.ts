/**
 * Chooses the block to ask of a peer. Pure: it is told what peers have and what comes, and answers one question,
 * `next`.
 *
 * A peer is asked, in this order:
 *
 * 1. for the rest of a piece that it began: a piece from one peer is complete soon, and it is known who gave it;
 * 2. for the rest of a piece whose peer has gone, or gives nothing any more;
 * 3. for a new piece: the rarest first (Cohen, "Incentives Build Robustness in BitTorrent"), but the first few at
 *    random, so that there is soon something to give in return;
 * 4. when no new piece may be begun: for the rest of any piece;
 * 5. for all of a doubted piece, of which another peer gave a part. A piece that came from several peers and did not
 *    hash has to come from one, and that one might choke us, or be slow, for ever;
 * 6. for a new piece in the place of one that nobody gives more of;
 * 7. in the endgame (BEP 3, "peer messages"), when every block that can be had is asked of some peer: for the same
 *    blocks once more, a few at a time; and so where slow peers use up the memory.
 *
 * A peer of last resort is held in reserve: it is asked for what no other has, and for everything while others give
 * nothing.
 */
import type { Bitfield } from '../../../bytes/bitfield.ts';
import type { TorrentShape } from '../../../protocols/wire/session.ts';
import type { Block } from '../../../protocols/wire/types.ts';
import { OutstandingPieces } from './outstanding-pieces.ts';
import { PartialPiece } from './partial-piece.ts';
import { Rarity } from './rarity.ts';

/** A peer that can be asked. */
export interface PickerPeer {
  /** The pieces that the peer says it has. They grow only together with `Picker.gained`. */
  readonly pieces: Bitfield;
  /** Whether the peer is not counted among those that have a piece. */
  readonly lastResort: boolean;
  /** Whether the peer is asked only for what no other has, for now. */
  readonly inReserve: boolean;
  /** The speed at which the peer gave lately. */
  readonly bytesPerSecond: number;
  /** The number of requests outstanding at the peer. */
  readonly owes: number;
  /** Whether the peer does not give that piece, although it says that it has it. */
  refuses(pieceIndex: number): boolean;
}

export interface PickerOptions<Peer> {
  readonly shape: TorrentShape;
  /** The pieces that we have already. */
  readonly have: Bitfield;
  /** Pieces that may be outstanding at a time: each takes memory. */
  readonly outstandingMax: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** A piece is outstanding no more: what has come of it is void, and its outstanding requests are not wanted. */
  readonly onDropped: (piece: PartialPiece<Peer>) => void;
}

/** Pieces that are chosen at random, before the rarest are. */
const randomPieces = 4;
/** Endgame: the most peers that a block is asked of. */
const askersMax = 3;
/**
 * Endgame: a peer with this many requests outstanding gets no duplicates; the original will most likely arrive first.
 */
const againMax = 4;
/** Outside of the endgame a peer is asked for what another owes only when it is this many times as fast. */
const muchFaster = 4;

export class Picker<Peer extends PickerPeer> {
  readonly #shape: TorrentShape;
  readonly #outstandingMax: number;
  readonly #random: () => number;
  readonly #onDropped: (piece: PartialPiece<Peer>) => void;
  readonly #rarity: Rarity;
  readonly #outstanding = new OutstandingPieces<Peer>();
  /** Pieces that came from several peers and did not hash. */
  readonly #doubted = new Set<number>();
  /** The peers whose pieces are counted, and whether as one that has everything. */
  readonly #counted = new Map<Peer, boolean>();
  #done: number;

  constructor({ shape, have, outstandingMax, random, onDropped }: PickerOptions<Peer>) {
    this.#shape = shape;
    this.#outstandingMax = outstandingMax;
    this.#random = random;
    this.#onDropped = onDropped;
    this.#done = have.count;
    const wanted = Array.from({ length: shape.pieces }, (_, index) => index).filter((index) => !have.has(index));
    this.#rarity = new Rarity(shape.pieces, wanted, random);
  }

  /** The number of pieces that are still to be asked for, wholly or in part. */
  get left(): number {
    return this.#rarity.length + this.#outstanding.size;
  }

  /** Whether there is no memory for another piece. */
  get full(): boolean {
    return this.#outstanding.size >= this.#outstandingMax;
  }

  /** The number of peers that have piece `pieceIndex`, those of last resort not counted. */
  copies(pieceIndex: number): number {
    return this.#rarity.of(pieceIndex);
  }

  /** The missing pieces that no peer has, those of last resort not counted; in no order. */
  get unheld(): number[] {
    const begun = [...this.#outstanding].filter(({ index, complete }) => !complete && this.copies(index) === 0);
    return [...this.#rarity.unheldPieces, ...begun.map(({ index }) => index)];
  }

  /** A peer has come, with the pieces that it has now; `gained` tells of later pieces. */
  join(peer: Peer): void {
    if (peer.lastResort || this.#counted.has(peer)) return;
    this.#counted.set(peer, peer.pieces.full);
    this.#rarity.add(peer.pieces);
  }

  /** A peer that is counted has gained a piece. */
  gained(peer: Peer, pieceIndex: number): void {
    if (this.#counted.has(peer)) this.#rarity.gained(pieceIndex);
  }

  /** A peer has gone, or can no longer be counted on. Its outstanding requests have to be released besides. */
  leave(peer: Peer): void {
    const wasSeed = this.#counted.get(peer);
    if (wasSeed !== undefined) this.#rarity.remove(peer.pieces, wasSeed);
    this.#counted.delete(peer);
    this.#outstanding.disown(peer);
  }

  /** The next block to ask of `peer`; the request is noted. */
  next(peer: Peer): Block | undefined {
    return (
      this.#outstanding.askOwner(peer) ??
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
    const piece = this.#outstanding.get(index);
    return piece?.isOpenTo(peer) && piece.isMissing(begin, length) ? piece : undefined;
  }

  /** `peer` is not going to give this block. */
  release(peer: Peer, block: Block): void {
    this.postpone(peer, block);
    const piece = this.#outstanding.get(block.index);
    if (piece?.untouched) this.#drop(piece);
  }

  /** `peer` is not going to give this block soon: others may be asked, but it is wanted should it come. */
  postpone(peer: Peer, { index, begin }: Block): void {
    const piece = this.#outstanding.get(index);
    if (piece !== undefined) this.#outstanding.release(peer, piece, begin);
  }

  /** A piece has hashed, and is ours. */
  finished(pieceIndex: number): void {
    const piece = this.#outstanding.get(pieceIndex);
    if (piece !== undefined) this.#outstanding.remove(piece);
    this.#doubted.delete(pieceIndex);
    this.#done += 1;
  }

  /** A piece did not hash: all of it has to be asked for again, of one peer alone if it is `doubted`. */
  failed(pieceIndex: number, doubted: boolean): void {
    if (doubted) this.#doubted.add(pieceIndex);
    const piece = this.#outstanding.get(pieceIndex);
    if (piece !== undefined) this.#drop(piece);
  }

  /** A piece that was ours is lost. */
  lost(pieceIndex: number): void {
    this.#done -= 1;
    this.#rarity.putBack(pieceIndex);
  }

  /** A block of a piece that another peer began, and gives no more of. */
  #adopt(peer: Peer): Block | undefined {
    for (const piece of this.#outstanding.open) {
      if (piece.owner !== undefined || !piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      this.#outstanding.own(peer, piece);
      const block = this.#outstanding.askOwner(peer);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #begin(peer: Peer): Block | undefined {
    if (this.full) return undefined;
    const index = this.#choose(peer);
    return index === undefined ? undefined : this.#start(peer, index);
  }

  /** A block of a piece that another peer began: there is no memory for more pieces, or there are no more. */
  #help(peer: Peer): Block | undefined {
    for (const piece of this.#outstanding.open) {
      if (!piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      const block = this.#outstanding.ask(peer, piece);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  /** A block of a doubted piece, begun anew: what its only peer gave must not be mixed with what another gives. */
  #takeOver(peer: Peer): Block | undefined {
    for (const piece of this.#outstanding.exclusive) {
      if (piece.isOpenTo(peer) || piece.complete || !this.#canGive(peer, piece.index)) continue;
      const given = piece.owner !== undefined || !piece.idle;
      if (given && !isSooner(peer, piece)) continue;
      this.#drop(piece);
      return this.#start(peer, piece.index);
    }
    return undefined;
  }

  /**
   * A block of a new piece, in the place of a piece that nobody gives more of: peers that begin pieces which no other
   * has, and go, must not use up the memory.
   */
  #replace(peer: Peer): Block | undefined {
    if (!this.full) return undefined;
    const dropped = [...this.#outstanding.open].find(
      (piece) => piece.owner === undefined && piece.idle && piece.hasFree,
    );
    const index = dropped && this.#choose(peer);
    if (dropped === undefined || index === undefined) return undefined;
    this.#drop(dropped);
    return this.#start(peer, index);
  }

  /** A block that others owe: any in the endgame, or one of the oldest piece where there is no memory for more. */
  #again(peer: Peer): Block | undefined {
    if (peer.owes >= againMax) return undefined;
    if (this.#rarity.length === this.#rarity.unheld) return this.#againOf(peer, this.#outstanding);
    const [oldest] = this.#outstanding;
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

  /** A piece of which nothing was asked for. */
  #choose(peer: Peer): number | undefined {
    const canGive = (pieceIndex: number): boolean => this.#canGive(peer, pieceIndex);
    if (this.#done < randomPieces && !peer.inReserve) return this.#rarity.any(this.#random(), peer.pieces, canGive);
    return peer.inReserve ? this.#rarity.rarestUnheld(peer.pieces, canGive) : this.#rarity.rarest(peer.pieces, canGive);
  }

  #start(peer: Peer, pieceIndex: number): Block | undefined {
    this.#rarity.take(pieceIndex);
    const only = this.#doubted.has(pieceIndex) ? peer : undefined;
    const piece = new PartialPiece(pieceIndex, this.#shape.pieceSize(pieceIndex), only);
    this.#outstanding.add(piece);
    this.#outstanding.own(peer, piece);
    return this.#outstanding.askOwner(peer);
  }

  #canGive(peer: Peer, pieceIndex: number): boolean {
    if (!peer.pieces.has(pieceIndex) || peer.refuses(pieceIndex)) return false;
    return !peer.inReserve || this.#rarity.of(pieceIndex) === 0;
  }

  #drop(piece: PartialPiece<Peer>): void {
    this.#outstanding.remove(piece);
    this.#rarity.putBack(piece.index);
    this.#onDropped(piece);
  }
}

/**
 * Whether `peer` would give all of the piece in half the time that its only peer needs for the rest: half, so that two
 * that are about as fast do not take it from each other all the time.
 */
function isSooner(peer: PickerPeer, { size, only, missingBytes }: PartialPiece<PickerPeer>): boolean {
  return 2 * size * (only?.bytesPerSecond ?? 0) < missingBytes * peer.bytesPerSecond;
}
