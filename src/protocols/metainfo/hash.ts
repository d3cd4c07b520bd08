/**
 * The bytes of a file to the hashes in its metainfo: the SHA-1 of each piece (BEP 3, "info dictionary", `pieces`), and
 * the SHA-256 of all bytes, which we keep beside them.
 */
import { createHash, type Hash } from 'node:crypto';
import { sha1Bytes } from './types.ts';

export interface ContentHashes {
  /** Bytes. */
  readonly length: number;
  /** The SHA-1 of each piece, 20 bytes a piece. */
  readonly pieceHashes: Uint8Array;
  /** The SHA-256 of all bytes, 64 hex digits. */
  readonly sha256: string;
}

/**
 * Splits a stream of bytes into pieces of `pieceLength` bytes as it comes by, and hashes them: everything that metainfo
 * needs to know of a file's contents, in one pass, without keeping any of it.
 */
export class ContentHasher {
  readonly #pieceLength: number;
  readonly #all = createHash('sha256');
  readonly #pieces: Buffer[] = [];
  #piece: Hash | undefined;
  #pieceFilled = 0;
  #length = 0;

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength;
  }

  /** Takes the next bytes; the caller may reuse them afterwards. */
  update(bytes: Uint8Array): void {
    this.#all.update(bytes);
    this.#length += bytes.length;
    for (let start = 0; start < bytes.length; ) {
      const end = Math.min(bytes.length, start + this.#pieceLength - this.#pieceFilled);
      this.#piece ??= createHash('sha1');
      this.#piece.update(bytes.subarray(start, end));
      this.#pieceFilled += end - start;
      if (this.#pieceFilled === this.#pieceLength) this.#endPiece(this.#piece);
      start = end;
    }
  }

  /** The hashes of everything that came. To be called once, at the end. */
  finish(): ContentHashes {
    if (this.#piece !== undefined) this.#endPiece(this.#piece);
    return {
      length: this.#length,
      pieceHashes: Buffer.concat(this.#pieces, this.#pieces.length * sha1Bytes),
      sha256: this.#all.digest('hex'),
    };
  }

  #endPiece(piece: Hash): void {
    this.#pieces.push(piece.digest());
    this.#piece = undefined;
    this.#pieceFilled = 0;
  }
}
