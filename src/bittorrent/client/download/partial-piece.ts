/**
 * One piece that is being fetched, block by block: which blocks are here and who gave them, which are asked for and of
 * whom. Pure; the bytes are elsewhere.
 */
import { type Block, wireLimits } from '../../../protocols/wire/types.ts';

const { blockBytes } = wireLimits;

export class PartialPiece<Peer> {
  readonly index: number;
  /** Bytes. */
  readonly size: number;
  /** How many blocks it has. */
  readonly blocks: number;
  /** All of it must come from this peer: bytes of several did not hash, and it must show whose were wrong. */
  readonly only: Peer | undefined;
  /** Whose next requests are for it: as long as a block is asked of nobody, and that peer can give it. */
  owner: Peer | undefined;
  /** By block: those it was asked of. */
  readonly #askers: (readonly Peer[])[];
  /** By block: who gave it. */
  readonly #givers: (Peer | undefined)[];
  #missing: number;
  /** How many requests for it are under way; more than one for a block that is asked of several. */
  #requests = 0;
  /** No block before this one is neither here nor asked for. */
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

  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Whether nobody is asked for anything of it. */
  get idle(): boolean {
    return this.#requests === 0;
  }

  /** Whether, besides, nothing of it is here: it might as well not have been begun. */
  get untouched(): boolean {
    return this.idle && this.#missing === this.blocks;
  }

  /** Bytes that have not come, nearly: the last block counts as a whole one. */
  get missingBytes(): number {
    return this.#missing * blockBytes;
  }

  /** By block: who gave it. To be asked once it is complete. */
  get givers(): readonly Peer[] {
    return this.#givers.filter((giver) => giver !== undefined);
  }

  block(number: number): Block {
    const begin = number * blockBytes;
    return { index: this.index, begin, length: Math.min(blockBytes, this.size - begin) };
  }

  /** Whether `peer` may be asked for something of it. */
  isOpenTo(peer: Peer): boolean {
    return this.only === undefined || this.only === peer;
  }

  /** Whether there is a block that nobody is asked for. */
  get hasFree(): boolean {
    while (this.#cursor < this.blocks && !this.#isFree(this.#cursor)) this.#cursor += 1;
    return this.#cursor < this.blocks;
  }

  /** A block that nobody is asked for; it is noted that `peer` is now. */
  askNext(peer: Peer): Block | undefined {
    return this.hasFree ? this.#ask(this.#cursor, peer) : undefined;
  }

  /**
   * A block that has not come, and is asked of others, of fewer than `askersMax`, who all pass `test`; it is noted that
   * it is asked of `peer` as well. The last blocks come first: whoever was asked for them is the furthest from giving
   * them.
   */
  askAgain(peer: Peer, askersMax: number, test: (asker: Peer) => boolean = () => true): Block | undefined {
    for (let number = this.blocks - 1; number >= 0; number -= 1) {
      const askers = this.#askers[number] as readonly Peer[];
      if (this.#givers[number] !== undefined || askers.length >= askersMax || askers.includes(peer)) continue;
      if (askers.every(test)) return this.#ask(number, peer);
    }
    return undefined;
  }

  /** Whether the block that begins there is one that has not come. */
  isMissing(begin: number, length: number): boolean {
    const number = begin / blockBytes;
    if (!Number.isInteger(number) || number >= this.blocks) return false;
    return this.#givers[number] === undefined && this.block(number).length === length;
  }

  /** A missing block has come from `peer`. Answers the others that were asked for it. */
  arrived(begin: number, peer: Peer): Peer[] {
    const number = begin / blockBytes;
    const askers = this.#askers[number] as readonly Peer[];
    this.#setAskers(number, []);
    this.#givers[number] = peer;
    this.#missing -= 1;
    return askers.filter((asker) => asker !== peer);
  }

  /** `peer` is not going to give the block that begins there, or not soon: others may be asked. */
  release(begin: number, peer: Peer): void {
    const number = begin / blockBytes;
    const askers = (this.#askers[number] as readonly Peer[]).filter((asker) => asker !== peer);
    this.#setAskers(number, askers);
    if (askers.length === 0 && this.#givers[number] === undefined) this.#cursor = Math.min(this.#cursor, number);
  }

  /** What is asked for, and of whom. */
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
