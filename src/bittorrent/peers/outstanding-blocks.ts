/** The blocks that one peer was asked for and has not answered, the oldest first. Pure. */
import type { Block } from '../../protocols/wire/types.ts';

interface Owed {
  readonly block: Block;
  /** By a clock that begins with the peer. */
  readonly sinceMs: number;
}

export class OutstandingBlocks {
  readonly #owed = new Map<number, Owed>();
  #nowMs = 0;

  get size(): number {
    return this.#owed.size;
  }

  *[Symbol.iterator](): Generator<Block> {
    for (const { block } of this.#owed.values()) yield block;
  }

  /** It is asked for `block`; false when it owes that already. */
  add(block: Block): boolean {
    const key = keyOf(block);
    if (this.#owed.has(key)) return false;
    this.#owed.set(key, { block, sinceMs: this.#nowMs });
    return true;
  }

  /** It owes `block` no more; false when it did not. */
  remove(block: Block): boolean {
    const key = keyOf(block);
    const owed = this.#owed.get(key)?.block;
    // What comes off the wire may be anything, and have the key of another.
    if (owed?.index !== block.index || owed.begin !== block.begin || owed.length !== block.length) return false;
    return this.#owed.delete(key);
  }

  /** It owes nothing any more. Answers what it did. */
  clear(): Block[] {
    const blocks = [...this];
    this.#owed.clear();
    return blocks;
  }

  passed(ms: number): void {
    this.#nowMs += ms;
  }

  /** What it has owed for `ms` at least. */
  overdue(ms: number): Block[] {
    const blocks: Block[] = [];
    for (const { block, sinceMs } of this.#owed.values()) {
      if (this.#nowMs - sinceMs < ms) break;
      blocks.push(block);
    }
    return blocks;
  }
}

/** No two blocks that may be asked for have the same: a piece has at most 2^24 bytes. */
function keyOf({ index, begin }: Block): number {
  return index * 2 ** 24 + begin;
}
