/**
 * The pieces of one download that are being fetched, and who is asked for more of each: a peer owns one at most, and a
 * piece has one owner at most. Which are begun, and of whom, is the picker's business. Pure.
 */
import type { Block } from '../../protocols/wire/types.ts';
import type { PieceUnderWay } from './piece-under-way.ts';

export class PiecesUnderWay<Peer> {
  /** The oldest first. */
  readonly #pieces = new Map<number, PieceUnderWay<Peer>>();
  readonly #owned = new Map<Peer, PieceUnderWay<Peer>>();
  readonly #orphans = new Set<PieceUnderWay<Peer>>();

  get size(): number {
    return this.#pieces.size;
  }

  /** The oldest first. */
  [Symbol.iterator](): IterableIterator<PieceUnderWay<Peer>> {
    return this.#pieces.values();
  }

  /** Those that nobody owns, though there is something to ask for; or was, if it came all the same. */
  get orphans(): ReadonlySet<PieceUnderWay<Peer>> {
    return this.#orphans;
  }

  get(index: number): PieceUnderWay<Peer> | undefined {
    return this.#pieces.get(index);
  }

  /** Begins a piece. */
  add(piece: PieceUnderWay<Peer>): void {
    this.#pieces.set(piece.index, piece);
  }

  /** It has come, or is given up. */
  remove(piece: PieceUnderWay<Peer>): void {
    this.#pieces.delete(piece.index);
    this.#orphans.delete(piece);
    if (piece.owner !== undefined) this.#owned.delete(piece.owner);
  }

  /** `peer`, which owns none, is asked for more of `piece` from now on. */
  own(peer: Peer, piece: PieceUnderWay<Peer>): void {
    piece.owner = peer;
    this.#owned.set(peer, piece);
    this.#orphans.delete(piece);
  }

  /** The next block of the piece that `peer` owns. It owns none any more when there is nothing to ask for. */
  askOwner(peer: Peer): Block | undefined {
    const block = this.#owned.get(peer)?.askNext(peer);
    if (block === undefined) this.disown(peer);
    return block;
  }

  /** `peer` is asked for no more of its piece, if it owns one. */
  disown(peer: Peer): void {
    const piece = this.#owned.get(peer);
    if (piece === undefined) return;
    this.#owned.delete(peer);
    piece.owner = undefined;
    this.#noteOrphan(piece);
  }

  /** `peer` is not going to give the block of `piece` that begins there, nor to be asked for more of it. */
  release(peer: Peer, piece: PieceUnderWay<Peer>, begin: number): void {
    piece.release(begin, peer);
    if (piece.owner === peer) this.disown(peer);
    else this.#noteOrphan(piece);
  }

  #noteOrphan(piece: PieceUnderWay<Peer>): void {
    if (piece.owner === undefined && piece.hasFree) this.#orphans.add(piece);
  }
}
