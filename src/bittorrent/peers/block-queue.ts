/**
 * Blocks of one peer in the order in which they came, each once: those that it asked for, those that it is to be asked
 * for, and the requests outstanding at it. Every step costs the same however many blocks there are. Pure.
 *
 *     const queue = new BlockQueue();
 *     queue.add(block)         false when it is there already
 *     queue.remove(block)      false when it is not
 *     queue.shift()            the oldest
 */
import { type Block, wireLimits } from '../../protocols/wire/types.ts';

interface Waiting {
  readonly key: number | string;
  readonly block: Block;
  /** Milliseconds since the queue was made. */
  readonly sinceMs: number;
}

export class BlockQueue {
  readonly #waiting = new Map<number | string, Waiting>();
  /** An iterator that goes on where it stopped: a new one would step over all places that have become free. */
  #oldest = this.#waiting.values();
  #nowMs = 0;

  /** The number of blocks. */
  get size(): number {
    return this.#waiting.size;
  }

  *[Symbol.iterator](): Generator<Block> {
    for (const { block } of this.#waiting.values()) yield block;
  }

  /** Whether `block` is in the queue. */
  has(block: Block): boolean {
    return this.#waiting.has(keyOf(block));
  }

  /** Puts `block` at the end; false when it is in the queue already. */
  add({ index, begin, length }: Block): boolean {
    const block = { index, begin, length };
    const key = keyOf(block);
    if (this.#waiting.has(key)) return false;
    this.#waiting.set(key, { key, block, sinceMs: this.#nowMs });
    return true;
  }

  /** Takes `block` out, wherever it is; false when it is not in the queue. */
  remove(block: Block): boolean {
    return this.#waiting.delete(keyOf(block));
  }

  /** Takes out the oldest block. */
  shift(): Block | undefined {
    if (this.#waiting.size === 0) return undefined;
    let next = this.#oldest.next();
    if (next.done) {
      // An iterator that has come to the end stays there.
      this.#oldest = this.#waiting.values();
      next = this.#oldest.next();
    }
    const { key, block } = next.value as Waiting;
    this.#waiting.delete(key);
    return block;
  }

  /** Takes out all blocks, and returns them in their order. */
  clear(): Block[] {
    const blocks = [...this];
    this.#waiting.clear();
    return blocks;
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    this.#nowMs += ms;
  }

  /** The blocks that have been in the queue for at least `ms`. */
  overdue(ms: number): Block[] {
    const blocks: Block[] = [];
    for (const { block, sinceMs } of this.#waiting.values()) {
      if (this.#nowMs - sinceMs < ms) break;
      blocks.push(block);
    }
    return blocks;
  }
}

const { blockBytes } = wireLimits;
/** A piece has at most 2^24 bytes. */
const beginsMax = 2 ** 24;
/** Above this a number of 53 bits has no room for the beginning of the block besides. */
const indicesMax = 2 ** 29;

/** Different for different blocks: a number for blocks as everybody asks for them, text for whatever else may come. */
function keyOf({ index, begin, length }: Block): number | string {
  if (length === blockBytes && begin < beginsMax && index < indicesMax) return index * beginsMax + begin;
  return `${index}.${begin}.${length}`;
}
