/**
 * A piece while it comes: its bytes in a pooled buffer, hashed as far as they have come without a gap. Blocks mostly
 * come in order, so most of a piece is hashed while its bytes are still in the processor's cache.
 */
import { createHash, type Hash } from 'node:crypto';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import { wireLimits } from '../../protocols/wire/types.ts';

export class PieceMemory {
  /** As long as the piece. */
  readonly bytes: Uint8Array;
  readonly #buffer: Uint8Array;
  readonly #pool: BufferPool;
  readonly #hash: Hash = createHash('sha1');
  #hashedBytes = 0;

  constructor(size: number, pool: BufferPool) {
    this.#pool = pool;
    this.#buffer = pool.take(size);
    this.bytes = this.#buffer.subarray(0, size);
  }

  /** A block that had not come before. */
  put(begin: number, block: Uint8Array): void {
    this.bytes.set(block, begin);
    if (begin !== this.#hashedBytes) return;
    this.#hash.update(block);
    this.#hashedBytes += block.length;
  }

  /** Whether the piece, all of which is here, has that SHA-1 (20 bytes). To be asked once. */
  matches(sha1: Uint8Array): boolean {
    if (this.#hashedBytes < this.bytes.length) this.#hash.update(this.bytes.subarray(this.#hashedBytes));
    return this.#hash.digest().compare(sha1) === 0;
  }

  /** The memory goes back to where it came from. */
  release(): void {
    this.#pool.give(this.#buffer);
  }
}

/** So many pieces may be under way at once: at least two, however large they are, so that one never waits for another. */
export function piecesUnderWayMax(pieceLength: number): number {
  return Math.max(2, Math.floor(memoryBytesMax / Math.max(pieceLength, wireLimits.blockBytes)));
}

/** Of all pieces under way of one download: what fifty peers have in flight, and the disk still has to take. */
const memoryBytesMax = 48 * 1024 * 1024;
