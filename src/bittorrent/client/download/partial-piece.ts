/**
 * One piece that is being fetched, block by block: which blocks have come and from which peers, which are asked for and
 * of which peers. Pure; the bytes are in `piece-memory.ts`.
 */
import { type Block, wireLimits } from '../../../protocols/wire/types.ts';

const { blockBytes } = wireLimits;

export class PartialPiece<Peer> {
  readonly index: number;
  /** The length of the piece in bytes. */
  readonly size: number;
  /** The number of blocks of the piece. */
  readonly blocks: number;
  /** The one peer that the piece must come from: bytes of several did not hash, and whose were wrong must show. */
  readonly only: Peer | undefined;
  /** The peer whose next requests are for the piece, as long as there is a free block that it can give. */
  owner: Peer | undefined;
  /** By block: the peers at which a request for it is outstanding. */
  readonly #askers: (readonly Peer[])[];
  /** By block: the peer that gave it. */
  readonly #givers: (Peer | undefined)[];
  #missing: number;
  /** The number of outstanding requests; a block that is asked of several peers counts several times. */
  #requests = 0;
  /** All earlier blocks have come or are asked for. */
  #cursor = 0;

  constructor(index: number, size: number, only?: Peer) {
    this.index = index;
    this.size = size;
    this.only = only;
    this.blocks = Math.ceil(size / blockBytes);
    this.#askers = Array.from({ length: this.blocks }, () => []);
    this.#givers = Array.from({ length: this.blocks });
    this.#missing = this.blocks;
  }

  /** Whether all blocks have come. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Whether no request is outstanding. */
  get idle(): boolean {
    return this.#requests === 0;
  }

  /** Whether nothing has come and no request is outstanding: the piece might as well not have been begun. */
  get untouched(): boolean {
    return this.idle && this.#missing === this.blocks;
  }

  /** Bytes that have not come, nearly: the last block counts as a full one. */
  get missingBytes(): number {
    return this.#missing * blockBytes;
  }

  /** By block: the peer that gave it. Read once the piece is complete. */
  get givers(): readonly Peer[] {
    return this.#givers.filter((giver) => giver !== undefined);
  }

  /** Block `number` of the piece, counted from 0. */
  block(number: number): Block {
    const begin = number * blockBytes;
    return { index: this.index, begin, length: Math.min(blockBytes, this.size - begin) };
  }

  /** Whether `peer` may be asked for blocks of the piece. */
  isOpenTo(peer: Peer): boolean {
    return this.only === undefined || this.only === peer;
  }

  /** Whether there is a free block: it has not come and is not asked for. */
  get hasFree(): boolean {
    while (this.#cursor < this.blocks && !this.#isFree(this.#cursor)) this.#cursor += 1;
    return this.#cursor < this.blocks;
  }

  /** A free block; the request to `peer` is noted. */
  askNext(peer: Peer): Block | undefined {
    return this.hasFree ? this.#ask(this.#cursor, peer) : undefined;
  }

  /**
   * A block that has not come and is asked of other peers: of fewer than `askersMax`, which all pass `test`. The
   * request to `peer` is noted. The last blocks are asked for first: the peers that owe them are the furthest from
   * giving them.
   */
  askAgain(peer: Peer, askersMax: number, test: (asker: Peer) => boolean = () => true): Block | undefined {
    for (let number = this.blocks - 1; number >= 0; number -= 1) {
      const askers = this.#askers[number] as readonly Peer[];
      if (this.#givers[number] !== undefined || askers.length >= askersMax || askers.includes(peer)) continue;
      if (askers.every(test)) return this.#ask(number, peer);
    }
    return undefined;
  }

  /** Whether there is a block of `length` bytes at `begin` that has not come. */
  isMissing(begin: number, length: number): boolean {
    const number = begin / blockBytes;
    if (!Number.isInteger(number) || number >= this.blocks) return false;
    return this.#givers[number] === undefined && this.block(number).length === length;
  }

  /** A missing block has come from `peer`. Returns the other peers at which it is outstanding. */
  arrived(begin: number, peer: Peer): Peer[] {
    const number = begin / blockBytes;
    const askers = this.#askers[number] as readonly Peer[];
    this.#setAskers(number, []);
    this.#givers[number] = peer;
    this.#missing -= 1;
    return askers.filter((asker) => asker !== peer);
  }

  /** `peer` is not going to give the block at `begin`, or not soon: others may be asked. */
  release(begin: number, peer: Peer): void {
    const number = begin / blockBytes;
    const askers = (this.#askers[number] as readonly Peer[]).filter((asker) => asker !== peer);
    this.#setAskers(number, askers);
    if (askers.length === 0 && this.#givers[number] === undefined) this.#cursor = Math.min(this.#cursor, number);
  }

  /** The outstanding requests. */
  requests(): { readonly peer: Peer; readonly block: Block }[] {
    return this.#askers.flatMap((askers, number) => askers.map((peer) => ({ peer, block: this.block(number) })));
  }

  #isFree(number: number): boolean {
    return this.#givers[number] === undefined && (this.#askers[number] as readonly Peer[]).length === 0;
  }

  #ask(number: number, peer: Peer): Block {
    this.#setAskers(number, [...(this.#askers[number] as readonly Peer[]), peer]);
    return this.block(number);
  }

  #setAskers(number: number, askers: readonly Peer[]): void {
    this.#requests += askers.length - (this.#askers[number] as readonly Peer[]).length;
    this.#askers[number] = askers;
  }
}
