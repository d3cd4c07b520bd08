/**
 * The pieces of one download that are being fetched, and the peer that is asked for more of each: a peer owns one piece
 * at most, and a piece has one owner at most. The picker decides which are begun, and with which peers. Pure.
 */
import type { Block } from '../../../protocols/wire/types.ts';
import type { PartialPiece } from './partial-piece.ts';

export class OutstandingPieces<Peer> {
  /** By piece index, the oldest first. */
  readonly #pieces = new Map<number, PartialPiece<Peer>>();
  readonly #owned = new Map<Peer, PartialPiece<Peer>>();
  /** Pieces with free blocks. Few, however many pieces there are: they are looked through for every block. */
  readonly #open = new Set<PartialPiece<Peer>>();
  readonly #exclusive = new Set<PartialPiece<Peer>>();

  get size(): number {
    return this.#pieces.size;
  }

  /** The pieces, the oldest first. */
  [Symbol.iterator](): IterableIterator<PartialPiece<Peer>> {
    return this.#pieces.values();
  }

  /** The pieces with free blocks; one stays for a while when its last free block comes unasked. */
  get open(): ReadonlySet<PartialPiece<Peer>> {
    return this.#open;
  }

  /** The pieces that must come from one peer. */
  get exclusive(): ReadonlySet<PartialPiece<Peer>> {
    return this.#exclusive;
  }

  get(pieceIndex: number): PartialPiece<Peer> | undefined {
    return this.#pieces.get(pieceIndex);
  }

  /** Begins a piece. */
  add(piece: PartialPiece<Peer>): void {
    this.#pieces.set(piece.index, piece);
    this.#open.add(piece);
    if (piece.only !== undefined) this.#exclusive.add(piece);
  }

  /** Forgets a piece: it has come, or is given up. */
  remove(piece: PartialPiece<Peer>): void {
    this.#pieces.delete(piece.index);
    this.#open.delete(piece);
    this.#exclusive.delete(piece);
    if (piece.owner !== undefined) this.#owned.delete(piece.owner);
  }

  /** Makes `peer`, which owns no piece, the owner of `piece`. */
  own(peer: Peer, piece: PartialPiece<Peer>): void {
    piece.owner = peer;
    this.#owned.set(peer, piece);
  }

  /** Takes from `peer` the piece that it owns, if it owns one. */
  disown(peer: Peer): void {
    const piece = this.#owned.get(peer);
    if (piece !== undefined) piece.owner = undefined;
    this.#owned.delete(peer);
  }

  /** The next free block of `piece`, asked of `peer`. */
  ask(peer: Peer, piece: PartialPiece<Peer>): Block | undefined {
    const block = piece.askNext(peer);
    if (!piece.hasFree) this.#open.delete(piece);
    return block;
  }

  /** The next free block of the piece that `peer` owns. Without one the peer owns no piece any more. */
  askOwner(peer: Peer): Block | undefined {
    const piece = this.#owned.get(peer);
    const block = piece && this.ask(peer, piece);
    if (block === undefined) this.disown(peer);
    return block;
  }

  /** `peer` is not going to give the block of `piece` at `begin`, and is not asked for more of the piece. */
  release(peer: Peer, piece: PartialPiece<Peer>, begin: number): void {
    piece.release(begin, peer);
    if (piece.hasFree) this.#open.add(piece);
    if (piece.owner === peer) this.disown(peer);
  }
}
