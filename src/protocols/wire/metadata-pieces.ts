/**
 * The info dictionary of one torrent as it comes from one peer, in pieces of 16 KiB (BEP 9): which to ask for, whether
 * what came can be part of it, and whether all of it has the info-hash. It knows no sockets and no time.
 *
 *     const pieces = new MetadataPieces(infoHash, 40_000);
 *     pieces.next();                 [0, 1, 2]: to be asked for now
 *     pieces.add(message);           for each message that came
 *     pieces.info();                 once `complete`
 */
import { createHash } from 'node:crypto';
import { WireError } from './errors.ts';
import { type MetadataMessage, metadataRange } from './extension.ts';

/** Outstanding requests: 128 KiB, which is 2 MB/s where a round trip takes 60 ms. */
export const metadataRequestsMax = 8;

export class MetadataPieces {
  /** Bytes of the dictionary, as the peer says. */
  readonly size: number;
  readonly #infoHash: Buffer;
  /** The pieces that have come. Memory is taken as bytes come, not as their number is announced. */
  readonly #pieces = new Map<number, Buffer>();
  readonly #asked = new Set<number>();
  #nextPiece = 0;
  #bytes = 0;

  /** `infoHash`: 20 bytes. `size`: within the limits of a handshake. */
  constructor(infoHash: Buffer, size: number) {
    this.#infoHash = infoHash;
    this.size = size;
  }

  /** Whether all pieces have come. */
  get complete(): boolean {
    return this.#bytes === this.size;
  }

  /** The pieces that should be asked for now; each is returned once. */
  next(): number[] {
    const pieces: number[] = [];
    while (this.#asked.size < metadataRequestsMax && metadataRange(this.size, this.#nextPiece) !== undefined) {
      this.#asked.add(this.#nextPiece);
      pieces.push(this.#nextPiece);
      this.#nextPiece += 1;
    }
    return pieces;
  }

  /**
   * Takes a copy of a piece. False when the piece was not asked for, or has come before. Throws WireError when it
   * cannot be one of this dictionary.
   */
  add({ piece, totalSize, bytes }: Extract<MetadataMessage, { kind: 'data' }>): boolean {
    if (totalSize !== this.size)
      throw new WireError('bad-metadata', `a piece of ${totalSize} bytes of metadata, it said ${this.size}`);
    const range = metadataRange(this.size, piece);
    const length = range === undefined ? 0 : range.end - range.start;
    if (bytes.length !== length)
      throw new WireError('bad-metadata', `piece ${piece} of metadata must have ${length} bytes, not ${bytes.length}`);
    if (!this.#asked.delete(piece)) return false;
    this.#pieces.set(piece, Buffer.from(bytes));
    this.#bytes += length;
    return true;
  }

  /** The complete dictionary. Throws WireError when it has another info-hash. */
  info(): Buffer {
    const parts = Array.from({ length: this.#pieces.size }, (_, piece) => this.#pieces.get(piece) as Buffer);
    const info = Buffer.concat(parts, this.size);
    if (createHash('sha1').update(info).digest().equals(this.#infoHash)) return info;
    throw new WireError('bad-metadata', `${this.size} bytes of metadata that have another info-hash`);
  }
}
