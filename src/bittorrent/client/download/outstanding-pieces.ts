/**
 * The pieces of one download that are being fetched, and who is asked for more of each: a peer owns one at most, and a
 * piece has one owner at most. Which are begun, and of whom, is the picker's business. Pure.
 */
import type { Block } from '../../../protocols/wire/types.ts';
import type { PartialPiece } from './partial-piece.ts';

export class OutstandingPieces<Peer> {
  /** The oldest first. */
  readonly #pieces = new Map<number, PartialPiece<Peer>>();
  readonly #owned = new Map<Peer, PartialPiece<Peer>>();
  /** Few, however many pieces there are: these are looked through for every block. */
  readonly #open = new Set<PartialPiece<Peer>>();
  readonly #exclusive = new Set<PartialPiece<Peer>>();

  get size(): number {
    return this.#pieces.size;
  }

  /** The oldest first. */
  [Symbol.iterator](): IterableIterator<PartialPiece<Peer>> {
    return this.#pieces.values();
  }

  /** Those of which there is something to ask for; or was, if it came all the same. */
  get open(): ReadonlySet<PartialPiece<Peer>> {
    return this.#open;
  }

  /** Those that must come from one peer. */
  get exclusive(): ReadonlySet<PartialPiece<Peer>> {
    return this.#exclusive;
  }

  get(index: number): PartialPiece<Peer> | undefined {
    return this.#pieces.get(index);
  }

  /** Begins a piece. */
  add(piece: PartialPiece<Peer>): void {
    this.#pieces.set(piece.index, piece);
    this.#open.add(piece);
    if (piece.only !== undefined) this.#exclusive.add(piece);
  }

  /** It has come, or is given up. */
  remove(piece: PartialPiece<Peer>): void {
    this.#pieces.delete(piece.index);
    this.#open.delete(piece);
    this.#exclusive.delete(piece);
    if (piece.owner !== undefined) this.#owned.delete(piece.owner);
  }

  /** `peer`, which owns none, is asked for more of `piece` from now on. */
  own(peer: Peer, piece: PartialPiece<Peer>): void {
    piece.owner = peer;
    this.#owned.set(peer, piece);
  }

  /** `peer` is asked for no more of its piece, if it owns one. */
  disown(peer: Peer): void {
    const piece = this.#owned.get(peer);
    if (piece !== undefined) piece.owner = undefined;
    this.#owned.delete(peer);
  }

  /** The next block of `piece`, for `peer`. */
  ask(peer: Peer, piece: PartialPiece<Peer>): Block | undefined {
    const block = piece.askNext(peer);
    if (!piece.hasFree) this.#open.delete(piece);
    return block;
  }

  /** The next block of the piece that `peer` owns. It owns none any more when there is nothing to ask for. */
  askOwner(peer: Peer): Block | undefined {
    const piece = this.#owned.get(peer);
    const block = piece && this.ask(peer, piece);
    if (block === undefined) this.disown(peer);
    return block;
  }

  /** `peer` is not going to give the block of `piece` that begins there, nor to be asked for more of it. */
  release(peer: Peer, piece: PartialPiece<Peer>, begin: number): void {
    piece.release(begin, peer);
    if (piece.hasFree) this.#open.add(piece);
    if (piece.owner === peer) this.disown(peer);
  }
}
