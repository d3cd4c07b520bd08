/**
 * The blocks that one peer has asked for, and their sending: as fast as the peer takes them, from pieces that are read
 * ahead of their turn. It does not decide whether the peer may ask.
 */
import { type Block, wireLimits } from '../../protocols/wire/types.ts';
import { encodePieceHead } from '../../protocols/wire/write.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import type { PieceCache } from './piece-cache.ts';

/** What lies between the end of a file and that of its last piece in a v2 torrent, as libtorrent 2.0 sees it. */
const padding = new Uint8Array(wireLimits.blockBytesMax);

/** Where blocks go. */
export interface BlockOutput {
  /** Whether it takes no more for now; `Uploads.send` is to be called when it does again. */
  isCongested(): boolean;
  /** Writes `bytes`, which stay as they are until `onWritten`. */
  write(bytes: Uint8Array, onWritten?: () => void): void;
}

export interface UploadsOptions {
  readonly entry: TorrentEntry;
  readonly cache: PieceCache;
  readonly output: BlockOutput;
  /** Settles when `bytes` more may be sent, where the speed is limited. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** The block was asked for and cannot be had. */
  readonly onLost: (block: Block, error: unknown) => void;
}

/** Requests that wait; we say so in `reqq` (BEP 10). libtorrent asks for up to 500 at a time. */
export const requestsMax = 512;
/** Pieces read ahead of need for one peer. */
const readAheadPieces = 8;

export class Uploads {
  readonly #options: UploadsOptions;
  #queue: Block[] = [];
  #sending = false;
  #sentBytes = 0;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Bytes of blocks handed to the output so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes on a block of a piece; false when too many wait. One that waits already is not sent twice. */
  add(block: Block): boolean {
    if (this.#queue.some((other) => same(other, block))) return true;
    if (this.#queue.length >= requestsMax) return false;
    this.#queue.push(block);
    this.send();
    return true;
  }

  /** Forgets a block; false when it does not wait (any more). */
  cancel(block: Block): boolean {
    const place = this.#queue.findIndex((other) => same(other, block));
    if (place < 0) return false;
    this.#queue.splice(place, 1);
    return true;
  }

  /** Forgets all blocks, and tells which they were. */
  clear(): Block[] {
    const forgotten = this.#queue;
    this.#queue = [];
    return forgotten;
  }

  /** Goes on sending, if there is something to send and room for it. Never fails. */
  send(): void {
    if (this.#sending) return;
    this.#sending = true;
    void this.#sendAll().finally(() => {
      this.#sending = false;
    });
  }

  async #sendAll(): Promise<void> {
    const { entry, cache, output, pace, onLost } = this.#options;
    let index = -1;
    while (this.#queue.length > 0 && !output.isCongested()) {
      const block = this.#queue.shift() as Block;
      if (block.index !== index) this.#readAhead(block.index);
      index = block.index;
      try {
        if (pace !== undefined) await pace(block.length);
        this.#write(block, await cache.take(entry, index));
      } catch (error) {
        onLost(block, error);
      }
    }
  }

  #write({ index, begin, length }: Block, piece: LentPiece): void {
    const { output } = this.#options;
    output.write(encodePieceHead(index, begin, length));
    const bytes = piece.bytes.subarray(begin, begin + length);
    output.write(bytes, piece.release);
    if (bytes.length < length) output.write(padding.subarray(0, length - bytes.length));
    this.#sentBytes += length;
  }

  #readAhead(current: number): void {
    const { entry, cache } = this.#options;
    const next = new Set(this.#queue.map(({ index }) => index));
    next.delete(current);
    for (const index of [...next].slice(0, readAheadPieces)) if (!cache.readAhead(entry, index)) return;
  }
}

function same(a: Block, b: Block): boolean {
  return a.index === b.index && a.begin === b.begin && a.length === b.length;
}
