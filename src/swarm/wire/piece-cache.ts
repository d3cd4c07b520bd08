/**
 * Verified pieces in memory, shared by all wire connections that send from them: peers of one swarm ask for the same
 * pieces, and each of them in blocks of 16 KiB. It knows nothing of connections.
 *
 *     const piece = await cache.take(entry, 7);
 *     piece.bytes.subarray(...)       valid until
 *     piece.release();
 */
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { FileEntry } from '../file-entry.ts';

/** Reads one verified piece into memory that is exactly as long; `fetchPiece` with its context. */
export type ReadPiece = (entry: FileEntry, part: number, into: Uint8Array) => Promise<Uint8Array>;

export interface PieceCacheOptions {
  readonly read: ReadPiece;
  readonly pool: BufferPool;
  /** Bytes of pieces that are kept, or read ahead of need. */
  readonly bytesMax: number;
}

/** A piece that is lent to one user, who must release it once. */
export interface LentPiece {
  readonly bytes: Uint8Array;
  release(): void;
}

interface Slot {
  readonly buffer: Uint8Array;
  readonly bytes: Promise<Uint8Array>;
  /** Those it is lent to, and the reading itself. */
  users: number;
  failed: boolean;
}

export class PieceCache {
  readonly #options: PieceCacheOptions;
  /** Those used last stand last. */
  readonly #slots = new Map<string, Slot>();
  #bytes = 0;

  constructor(options: PieceCacheOptions) {
    this.#options = options;
  }

  /** Bytes of all pieces that are in memory for it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lends a piece, which is read if it is not there; beyond `bytesMax` if need be. Throws PieceUnavailable. */
  async take(entry: FileEntry, part: number): Promise<LentPiece> {
    const key = keyOf(entry, part);
    const slot = this.#slots.get(key) ?? this.#read(key, entry, part);
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    slot.users += 1;
    try {
      const bytes = await slot.bytes;
      return { bytes, release: () => this.#release(slot) };
    } catch (error) {
      this.#release(slot);
      throw error;
    }
  }

  /** Has a piece read that will be wanted soon, if there is room for it. False when there is none. */
  readAhead(entry: FileEntry, part: number): boolean {
    const key = keyOf(entry, part);
    if (this.#slots.has(key)) return true;
    const size = pieceSize(entry.record, part);
    this.#evict(size);
    if (this.#bytes + size > this.#options.bytesMax) return false;
    this.#read(key, entry, part);
    return true;
  }

  #read(key: string, entry: FileEntry, part: number): Slot {
    const { pool, read } = this.#options;
    const size = pieceSize(entry.record, part);
    const buffer = pool.take(size);
    const bytes = read(entry, part, buffer.subarray(0, size));
    const slot: Slot = { buffer, bytes, users: 1, failed: false };
    this.#slots.set(key, slot);
    this.#bytes += buffer.length;
    bytes
      .catch(() => {
        if (this.#slots.get(key) === slot) this.#slots.delete(key); // whoever asks again tries again
        slot.failed = true;
      })
      .finally(() => this.#release(slot));
    return slot;
  }

  #release(slot: Slot): void {
    slot.users -= 1;
    if (slot.users > 0) return;
    if (slot.failed) this.#free(slot);
    else this.#evict(0);
  }

  /** Lets go of pieces that nobody uses, the longest unused first, until `room` more bytes fit. */
  #evict(room: number): void {
    for (const [key, slot] of this.#slots) {
      if (this.#bytes + room <= this.#options.bytesMax) return;
      if (slot.users > 0) continue;
      this.#slots.delete(key);
      this.#free(slot);
    }
  }

  #free({ buffer }: Slot): void {
    this.#bytes -= buffer.length;
    this.#options.pool.give(buffer);
  }
}

function keyOf({ record }: FileEntry, part: number): string {
  return `${record.id}:${part}`;
}
