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
 * 5. at the end (BEP 3, "endgame"), when all that is missing is asked of somebody: for the same blocks once more.
 *
 * A peer of last resort is asked for what no other has.
 */
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { TorrentShape } from '../../protocols/wire/session.ts';
import type { Block } from '../../protocols/wire/types.ts';
import { PieceUnderWay } from './piece-under-way.ts';
import { Rarity } from './rarity.ts';

/** Who can be asked. */
export interface PickerPeer {
  /** What it says it has. It grows only together with `Picker.gained`. */
  readonly pieces: Bitfield;
  readonly lastResort: boolean;
  /** Whether it does not give that piece, although it says that it has it. */
  refuses(index: number): boolean;
}

export interface PickerOptions {
  readonly shape: TorrentShape;
  /** The pieces that are here already. */
  readonly have: Bitfield;
  /** Pieces that may be under way at once: each takes memory. */
  readonly underWayMax: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** So many pieces are chosen at random, before the rarest are. */
const randomPieces = 4;
/** A block is asked of so many at the end, at most. */
const askersMax = 3;

export class Picker<Peer extends PickerPeer> {
  readonly #shape: TorrentShape;
  readonly #underWayMax: number;
  readonly #random: () => number;
  readonly #rarity: Rarity;
  /** Pieces being fetched, the oldest first. */
  readonly #underWay = new Map<number, PieceUnderWay<Peer>>();
  /** The piece that each peer is to be asked for more of. */
  readonly #current = new Map<Peer, PieceUnderWay<Peer>>();
  /** Pieces under way that nobody gives more of. */
  readonly #orphans = new Set<PieceUnderWay<Peer>>();
  /** Pieces that came from several peers and did not hash. */
  readonly #doubted = new Set<number>();
  /** The peers whose pieces are counted, and whether as one that has everything. */
  readonly #counted = new Map<Peer, boolean>();
  #done: number;

  constructor({ shape, have, underWayMax, random }: PickerOptions) {
    this.#shape = shape;
    this.#underWayMax = underWayMax;
    this.#random = random;
    this.#done = have.count;
    const wanted = Array.from({ length: shape.pieces }, (_, index) => index).filter((index) => !have.has(index));
    this.#rarity = new Rarity(shape.pieces, wanted, random);
  }

  /** Pieces that are still to be asked for, wholly or in part. */
  get left(): number {
    return this.#rarity.length + this.#underWay.size;
  }

  /** How many peers, but those of last resort, have piece `index`. */
  copies(index: number): number {
    return this.#rarity.of(index);
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

  /** A peer has gone, or can no longer be counted on. What it was asked for has to be released before. */
  leave(peer: Peer): void {
    const wasSeed = this.#counted.get(peer);
    if (wasSeed !== undefined) this.#rarity.remove(peer.pieces, wasSeed);
    this.#counted.delete(peer);
  }

  /** The next block to ask of `peer`; it is noted that it is asked. */
  next(peer: Peer): Block | undefined {
    return this.#more(peer) ?? this.#begin(peer) ?? this.#help(peer) ?? this.#again(peer);
  }

  /** The piece that `block`, given by `peer`, belongs to, if that block is wanted. */
  wanting(peer: Peer, { index, begin, length }: Block): PieceUnderWay<Peer> | undefined {
    const piece = this.#underWay.get(index);
    return piece?.isOpenTo(peer) && piece.isMissing(begin, length) ? piece : undefined;
  }

  /** `peer` is not going to give this block, or not soon. Answers whether its piece must begin anew for that reason. */
  release(peer: Peer, { index, begin }: Block): boolean {
    const piece = this.#underWay.get(index);
    if (piece === undefined) return false;
    piece.release(begin, peer);
    if (piece.owner !== peer) return false;
    piece.owner = undefined;
    this.#current.delete(peer);
    // What it gave and what another would give must not be mixed.
    if (piece.exclusive) this.#forget(index);
    else this.#orphans.add(piece);
    return piece.exclusive;
  }

  /** Piece `index` is here: hashed. */
  finished(index: number): void {
    this.#remove(index);
    this.#doubted.delete(index);
    this.#done += 1;
  }

  /** Piece `index` did not hash: all of it has to be asked for again, of one peer alone if it is `doubted`. */
  failed(index: number, doubted: boolean): void {
    if (doubted) this.#doubted.add(index);
    this.#forget(index);
  }

  /** Piece `index`, which was here, is no more. */
  lost(index: number): void {
    this.#done -= 1;
    this.#rarity.putBack(index);
  }

  #more(peer: Peer): Block | undefined {
    const block = this.#current.get(peer)?.askNext(peer);
    if (block !== undefined) return block;
    for (const piece of this.#orphans) {
      if (!this.#canGive(peer, piece.index)) continue;
      this.#own(peer, piece);
      const orphaned = piece.askNext(peer);
      if (orphaned !== undefined) return orphaned;
    }
    return undefined;
  }

  #begin(peer: Peer): Block | undefined {
    if (this.#underWay.size >= this.#underWayMax) return undefined;
    const canGive = (index: number): boolean => this.#canGive(peer, index);
    const first = this.#done < randomPieces;
    const index = first ? this.#rarity.any(this.#random(), canGive) : this.#rarity.rarest(canGive);
    if (index === undefined) return undefined;
    this.#rarity.take(index);
    const piece = new PieceUnderWay(index, this.#shape.pieceSize(index), peer, this.#doubted.has(index));
    this.#underWay.set(index, piece);
    this.#own(peer, piece);
    return piece.askNext(peer);
  }

  /** Something of a piece that another began: because there is no memory for more pieces, or there are no more. */
  #help(peer: Peer): Block | undefined {
    for (const piece of this.#underWay.values()) {
      if (!piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      const block = piece.askNext(peer);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #again(peer: Peer): Block | undefined {
    const full = this.#underWay.size >= this.#underWayMax;
    if (this.#rarity.length > 0 && !full) return undefined;
    for (const piece of this.#underWay.values()) {
      if (!piece.isOpenTo(peer) || !this.#canGive(peer, piece.index)) continue;
      const block = piece.askAgain(peer, askersMax);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #canGive(peer: Peer, index: number): boolean {
    if (!peer.pieces.has(index) || peer.refuses(index)) return false;
    return !peer.lastResort || this.#rarity.of(index) === 0;
  }

  #own(peer: Peer, piece: PieceUnderWay<Peer>): void {
    piece.owner = peer;
    this.#current.set(peer, piece);
    this.#orphans.delete(piece);
  }

  #forget(index: number): void {
    this.#remove(index);
    this.#rarity.putBack(index);
  }

  #remove(index: number): void {
    const piece = this.#underWay.get(index);
    if (piece === undefined) return;
    this.#underWay.delete(index);
    this.#orphans.delete(piece);
    if (piece.owner !== undefined && this.#current.get(piece.owner) === piece) this.#current.delete(piece.owner);
  }
}
