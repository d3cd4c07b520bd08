/**
 * A file as a BitTorrent v1 torrent describes it (BEP 3): name, length, piece length, and the SHA-1 of each piece.
 * From these four alone follow the info dictionary and its SHA-1, the info-hash: the file's identity at every door.
 */
import type { PieceRecord } from '../../bytes/pieces.ts';

export interface Metainfo {
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** Bytes in every piece but the last. */
  readonly pieceLength: number;
  /** 20 bytes a piece, in order. */
  readonly pieceHashes: Uint8Array;
}

/** Bytes of one SHA-1. */
export const sha1Bytes = 20;

export function pieceCount(file: Metainfo): number {
  return Math.ceil(file.length / file.pieceLength);
}

/** Where piece `part` begins, in bytes. */
export function pieceOffset(file: Metainfo, part: number): number {
  return part * file.pieceLength;
}

/** How long piece `part` is, in bytes: the last one may be short. */
export function pieceSize(file: Metainfo, part: number): number {
  return Math.min(file.pieceLength, file.length - part * file.pieceLength);
}

/** The SHA-1 of piece `part`: 20 bytes, a view. */
export function pieceHash(file: Metainfo, part: number): Uint8Array {
  return file.pieceHashes.subarray(part * sha1Bytes, (part + 1) * sha1Bytes);
}

/** Every piece as a store keeps it: place, size and hash. */
export function* pieceRecords(file: Metainfo): Generator<PieceRecord> {
  for (let part = 0; part < pieceCount(file); part += 1) {
    const sha1 = Buffer.from(pieceHash(file, part)).toString('hex');
    yield { part, offset: pieceOffset(file, part), size: pieceSize(file, part), sha1 };
  }
}
