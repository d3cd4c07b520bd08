/**
 * Sends the blocks that one peer has asked for: as fast as the peer takes them, from pieces that are read ahead of
 * their turn. Whether the peer may ask is decided before (`connection.ts`).
 */
import { type Block, wireLimits } from '../../protocols/wire/types.ts';
import { encodePieceHead } from '../../protocols/wire/write.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import { BlockQueue } from './block-queue.ts';
import type { PieceCache } from './piece-cache.ts';
import type { WireContent } from './torrent.ts';

/** Zeros between the end of a file and the end of its last piece in a v2 torrent, as libtorrent 2.0 sees it. */
const padding = new Uint8Array(wireLimits.blockBytesMax);

/** The socket, as far as blocks need it. */
export interface BlockOutput {
  /** Whether the socket takes no more for now; `Uploads.send` is to be called when it does again. */
  isCongested(): boolean;
  /** Writes `bytes`, which stay as they are until `onWritten`. */
  write(bytes: Uint8Array, onWritten?: () => void): void;
}

export interface UploadsOptions {
  readonly content: WireContent;
  readonly cache: PieceCache;
  readonly output: BlockOutput;
  /** Settles when `bytes` more may be sent, where the speed is limited. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** A block was asked for and cannot be had. */
  readonly onLost: (block: Block, error: unknown) => void;
}

/** Requests that may wait, as we say in `reqq` (BEP 10). libtorrent asks for up to 500 at a time. */
export const requestsMax = 512;
/** Pieces read ahead of need for one peer. */
const readAheadPieces = 8;

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #queue = new BlockQueue();
  #sending = false;
  #sentBytes = 0;
  #takenBytes = 0;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Bytes of blocks handed to the output so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Bytes of blocks that the peer has taken, or the system for it. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** The number of blocks that wait to be sent. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes on a block of a piece; false when too many wait. A block that waits already is not sent twice. */
  add(block: Block): boolean {
    if (this.#queue.has(block)) return true;
    if (this.#queue.size >= requestsMax) return false;
    this.#queue.add(block);
    this.send();
    return true;
  }

  /** Forgets a block; false when it does not wait (any more). */
  cancel(block: Block): boolean {
    return this.#queue.remove(block);
  }

  /** Forgets all blocks, and returns them. */
  clear(): Block[] {
    return this.#queue.clear();
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
    const { content, cache, output, pace, onLost } = this.#options;
    let pieceIndex = -1;
    while (!output.isCongested()) {
      const block = this.#queue.shift();
      if (block === undefined) return;
      if (block.index !== pieceIndex) this.#readAhead(block.index);
      pieceIndex = block.index;
      try {
        if (pace !== undefined) await pace(block.length);
        this.#write(block, await cache.take(content, pieceIndex));
      } catch (error) {
        onLost(block, error);
      }
    }
  }

  #write({ index, begin, length }: Block, piece: LentPiece): void {
    const { output } = this.#options;
    output.write(encodePieceHead(index, begin, length));
    const bytes = piece.bytes.subarray(begin, begin + length);
    output.write(bytes, () => {
      this.#takenBytes += length;
      piece.release();
    });
    if (bytes.length < length) output.write(padding.subarray(0, length - bytes.length));
    this.#sentBytes += length;
  }

  #readAhead(current: number): void {
    const { content, cache } = this.#options;
    const next = new Set(Array.from(this.#queue, ({ index }) => index));
    next.delete(current);
    for (const pieceIndex of [...next].slice(0, readAheadPieces)) if (!cache.readAhead(content, pieceIndex)) return;
  }
}
