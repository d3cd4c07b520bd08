/**
 * The bytes of a piece while it comes: in a pooled buffer, hashed as far as they have come without a gap. Blocks come
 * nearly in order, so little is left to be hashed with the last one, and other peers do not wait for that.
 */
import { createHash, type Hash } from 'node:crypto';
import type { BufferPool } from '../../../bytes/buffer-pool.ts';
import { wireLimits } from '../../../protocols/wire/types.ts';

export class PieceMemory {
  /** The bytes of the piece; those that have not come are anything. */
  readonly bytes: Uint8Array;
  readonly #buffer: Uint8Array;
  readonly #pool: BufferPool;
  readonly #hash: Hash = createHash('sha1');
  #hashedBytes = 0;
  /** Blocks that have come and are not hashed: their lengths, by their beginnings. */
  readonly #early = new Map<number, number>();

  constructor(size: number, pool: BufferPool) {
    this.#pool = pool;
    this.#buffer = pool.take(size);
    this.bytes = this.#buffer.subarray(0, size);
  }

  /** Takes a block that had not come before. */
  put(begin: number, block: Uint8Array): void {
    this.bytes.set(block, begin);
    this.#early.set(begin, block.length);
    for (;;) {
      const length = this.#early.get(this.#hashedBytes);
      if (length === undefined) return;
      this.#early.delete(this.#hashedBytes);
      this.#hash.update(this.bytes.subarray(this.#hashedBytes, this.#hashedBytes + length));
      this.#hashedBytes += length;
    }
  }

  /** Whether the piece, all of which has come, has that SHA-1 (20 bytes). To be asked once. */
  matches(sha1: Uint8Array): boolean {
    return this.#hash.digest().compare(sha1) === 0;
  }

  /** Gives the memory back to the pool. */
  release(): void {
    this.#pool.give(this.#buffer);
  }
}

/**
 * Memory of all outstanding pieces of one download: what fifty peers have in flight, and the disk still has to take.
 */
export const memoryBytesMax = 48 * 1024 * 1024;

/** The most pieces that are outstanding at a time: two at least, however large, so that none waits for another. */
export function outstandingPiecesMax(pieceLength: number): number {
  return Math.max(2, Math.floor(memoryBytesMax / Math.max(pieceLength, wireLimits.blockBytes)));
}
