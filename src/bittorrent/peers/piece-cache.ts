/**
 * Verified pieces in memory, shared by all wire connections that send from them: peers of one swarm ask for the same
 * pieces, and each of them in blocks of 16 KiB. It knows nothing of connections.
 *
 *     const piece = await cache.take(entry, 7);
 *     piece.bytes.subarray(...)       valid until
 *     piece.release();
 */
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';

export interface PieceCacheOptions {
  /** Reads one verified piece; `fetchPiece` with its context. */
  readonly read: (entry: TorrentEntry, part: number) => Promise<LentPiece>;
  /** Bytes of pieces that are kept, or read ahead of need. */
  readonly bytesMax: number;
}

interface Slot {
  readonly size: number;
  readonly piece: Promise<LentPiece>;
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
  async take(entry: TorrentEntry, part: number): Promise<LentPiece> {
    const key = keyOf(entry, part);
    const slot = this.#slots.get(key) ?? this.#read(key, entry, part);
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
  readAhead(entry: TorrentEntry, part: number): boolean {
    const key = keyOf(entry, part);
    if (this.#slots.has(key)) return true;
    const size = pieceSize(entry.record, part);
    this.#evict(size);
    if (this.#bytes + size > this.#options.bytesMax) return false;
    this.#read(key, entry, part);
    return true;
  }

  /**
   * Takes over a piece that is in memory anyway, if there is room for it and it is not here. False when it is still the
   * caller's to release.
   */
  offer(entry: TorrentEntry, part: number, piece: LentPiece): boolean {
    const key = keyOf(entry, part);
    const size = piece.bytes.length;
    if (this.#slots.has(key)) return false;
    this.#evict(size);
    if (this.#bytes + size > this.#options.bytesMax) return false;
    this.#slots.set(key, { size, piece: Promise.resolve(piece), users: 0, failed: false });
    this.#bytes += size;
    return true;
  }

  #read(key: string, entry: TorrentEntry, part: number): Slot {
    const size = pieceSize(entry.record, part);
    const slot: Slot = { size, piece: this.#options.read(entry, part), users: 1, failed: false };
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
      if (this.#bytes + room <= this.#options.bytesMax) return;
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

function keyOf({ record }: TorrentEntry, part: number): string {
  return `${record.id}:${part}`;
}
