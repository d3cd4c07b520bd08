/**
 * One piece that is being fetched, block by block: which blocks are here and who gave them, which are asked for and of
 * whom. Pure; the bytes are elsewhere.
 */
import { type Block, wireLimits } from '../../protocols/wire/types.ts';

const { blockBytes } = wireLimits;

export class PieceUnderWay<Peer> {
  readonly index: number;
  /** Bytes. */
  readonly size: number;
  /** How many blocks it has. */
  readonly blocks: number;
  /** All of it must come from its owner: bytes of several did not hash, and it must show whose were wrong. */
  readonly exclusive: boolean;
  /** Who is the first to be asked for more of it; undefined when that peer can give no more. */
  owner: Peer | undefined;
  /** By block: those it was asked of. */
  readonly #askers: Peer[][];
  /** By block: who gave it. */
  readonly #givers: (Peer | undefined)[];
  #missing: number;
  /** No block before this one is neither here nor asked for. */
  #cursor = 0;

  constructor(index: number, size: number, owner: Peer, exclusive = false) {
    this.index = index;
    this.size = size;
    this.owner = owner;
    this.exclusive = exclusive;
    this.blocks = Math.ceil(size / blockBytes);
    this.#askers = Array.from({ length: this.blocks }, () => []);
    this.#givers = Array.from({ length: this.blocks });
    this.#missing = this.blocks;
  }

  get complete(): boolean {
    return this.#missing === 0;
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
    return !this.exclusive || this.owner === peer;
  }

  /** A block that nobody is asked for; it is noted that `peer` is now. */
  askNext(peer: Peer): Block | undefined {
    while (this.#cursor < this.blocks && !this.#isFree(this.#cursor)) this.#cursor += 1;
    if (this.#cursor >= this.blocks) return undefined;
    return this.#ask(this.#cursor, peer);
  }

  /**
   * A block that has not come, and is asked of others, of fewer than `askersMax`; it is noted that it is asked of
   * `peer` as well. The last blocks come first: whoever was asked for them is the furthest from giving them.
   */
  askAgain(peer: Peer, askersMax: number): Block | undefined {
    for (let number = this.blocks - 1; number >= 0; number -= 1) {
      const askers = this.#askers[number] as Peer[];
      if (this.#givers[number] === undefined && askers.length < askersMax && !askers.includes(peer))
        return this.#ask(number, peer);
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
    const others = (this.#askers[number] as Peer[]).filter((asker) => asker !== peer);
    this.#askers[number] = [];
    this.#givers[number] = peer;
    this.#missing -= 1;
    return others;
  }

  /** `peer` is not going to give the block that begins there, or not soon: others may be asked. */
  release(begin: number, peer: Peer): void {
    const number = begin / blockBytes;
    const askers = (this.#askers[number] as Peer[]).filter((asker) => asker !== peer);
    this.#askers[number] = askers;
    if (askers.length === 0 && this.#givers[number] === undefined) this.#cursor = Math.min(this.#cursor, number);
  }

  #isFree(number: number): boolean {
    return this.#givers[number] === undefined && (this.#askers[number] as Peer[]).length === 0;
  }

  #ask(number: number, peer: Peer): Block {
    (this.#askers[number] as Peer[]).push(peer);
    return this.block(number);
  }
}
