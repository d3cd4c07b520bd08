/**
 * Verified pieces in memory, shared by all wire connections that send from them: peers of one torrent ask for the same
 * pieces, and each of them in blocks of 16 KiB. It knows nothing of connections.
 *
 *     const piece = await cache.take(content, 7);
 *     piece.bytes.subarray(...)       valid until
 *     piece.release();
 */
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import type { WireContent } from './torrent.ts';

interface Slot {
  readonly size: number;
  readonly piece: Promise<LentPiece>;
  /** The number of users that hold the piece, the reading itself included. */
  users: number;
  failed: boolean;
}

export class PieceCache {
  readonly #bytesMax: number;
  /** The pieces, the longest unused first. */
  readonly #slots = new Map<string, Slot>();
  #bytes = 0;

  /** `bytesMax`: bytes of pieces that are kept, or read ahead of need. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of all pieces in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lends a piece, which is read if it is not there; beyond `bytesMax` if need be. Fails as reading does. */
  async take(content: WireContent, pieceIndex: number): Promise<LentPiece> {
    const key = keyOf(content, pieceIndex);
    const slot = this.#slots.get(key) ?? this.#read(key, content, pieceIndex);
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    slot.users += 1;
    try {
      const { bytes } = await slot.piece;
      return { bytes, release: () => this.#release(slot) };
    } catch (error) {
      this.#release(slot);
      throw error;
    }
  }

  /** Has a piece read that will be wanted soon, if there is room for it. False when there is none. */
  readAhead(content: WireContent, pieceIndex: number): boolean {
    const key = keyOf(content, pieceIndex);
    if (this.#slots.has(key)) return true;
    const size = pieceSize(content.record, pieceIndex);
    this.#evict(size);
    if (this.#bytes + size > this.#bytesMax) return false;
    this.#read(key, content, pieceIndex);
    return true;
  }

  /**
   * Takes over a piece that is in memory anyway, if there is room for it and it is not here. False when the caller
   * still has to release it.
   */
  offer(content: WireContent, pieceIndex: number, piece: LentPiece): boolean {
    const key = keyOf(content, pieceIndex);
    const size = piece.bytes.length;
    if (this.#slots.has(key)) return false;
    this.#evict(size);
    if (this.#bytes + size > this.#bytesMax) return false;
    this.#slots.set(key, { size, piece: Promise.resolve(piece), users: 0, failed: false });
    this.#bytes += size;
    return true;
  }

  #read(key: string, content: WireContent, pieceIndex: number): Slot {
    const size = pieceSize(content.record, pieceIndex);
    const slot: Slot = { size, piece: content.read(pieceIndex), users: 1, failed: false };
    this.#slots.set(key, slot);
    this.#bytes += size;
    slot.piece
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
      if (this.#bytes + room <= this.#bytesMax) return;
      if (slot.users > 0) continue;
      this.#slots.delete(key);
      this.#free(slot);
    }
  }

  #free({ size, piece }: Slot): void {
    this.#bytes -= size;
    piece.then(
      ({ release }) => release(),
      () => {}, // it was never there, and whoever asked for it was told
    );
  }
}

function keyOf({ record }: WireContent, pieceIndex: number): string {
  return `${record.id}:${pieceIndex}`;
}
