/**
 * A torrent as its info dictionary describes it (BEP 3): name, length, piece length, and the SHA-1 of each piece. The
 * SHA-1 of that dictionary, the info-hash, is the identity at every door.
 *
 * We make torrents of one file, and the four facts are all that is in them. Those that others made may hold many files
 * and keys that mean nothing to us, so their dictionary is kept as it came.
 */
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { type PieceRecord, pieceBytesMax } from '../../bytes/pieces.ts';

export interface Metainfo {
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** Bytes in every piece but the last. */
  readonly pieceLength: number;
  /** 20 bytes a piece, in order. */
  readonly pieceHashes: Uint8Array;
  /** The info dictionary of a torrent that others made, byte for byte; absent where it follows from the above. */
  readonly info?: Buffer;
  /** The files whose bytes, one after the other, are the pieces; absent when it is one, called `name`. */
  readonly files?: readonly TorrentFile[];
  /** The `piece layers` that belong to `info` where that is a hybrid (BEP 52), as bencode. */
  readonly pieceLayers?: Uint8Array;
  /** The hash tree of the v2 torrent that we made of the same file, once somebody has asked for that. */
  readonly tree?: PieceTree;
}

/** One file of several. */
export interface TorrentFile {
  /** The names of folders from the outermost in, then its own; below a folder called as the torrent is. */
  readonly path: readonly string[];
  /** Bytes. */
  readonly length: number;
  /** Where it begins in the bytes of the whole torrent. */
  readonly offset: number;
  /** It is zeros that nobody wants, there so that the next file begins with a piece (BEP 47). */
  readonly padding: boolean;
}

/** What an info dictionary says: v1 (BEP 3), v2 (BEP 52), or both of the same files (a hybrid). */
export interface Info extends Pick<Metainfo, 'name' | 'length' | 'pieceLength' | 'files'> {
  /** The dictionary as it stands. */
  readonly raw: Buffer;
  /** Peers may only be had from the torrent's own trackers (BEP 27). */
  readonly private: boolean;
  readonly v1: InfoV1 | undefined;
  readonly v2: InfoV2 | undefined;
}

export interface InfoV1 {
  readonly infoHash: TorrentId;
  readonly pieceHashes: Buffer;
}

export interface InfoV2 {
  /** The dictionary's SHA-256, 64 hex digits. Trackers and peers use the first 40 (BEP 52, "infohash"). */
  readonly infoHash: string;
  readonly files: readonly FileV2[];
}

/** A file in the tree of BEP 52. */
export interface FileV2 extends Omit<TorrentFile, 'padding'> {
  /** The root of its hash tree, 32 bytes; undefined for an empty file. */
  readonly piecesRoot: Buffer | undefined;
}

/** A `.torrent` file. */
export interface Torrent {
  readonly info: Info;
  /** Trackers in tiers (BEP 12), those of `announce` where there is no `announce-list`. */
  readonly trackers: readonly (readonly string[])[];
  /** HTTP URLs of the contents (BEP 19). */
  readonly webSeeds: readonly string[];
  /** The value of `piece layers` as it stands (BEP 52), checked; an empty dictionary for none; undefined without v2. */
  readonly pieceLayers: Buffer | undefined;
}

/** A magnet link (BEP 9). */
export interface Magnet {
  readonly infoHash: TorrentId;
  /** What whoever made the link calls the file: to be shown, and never to become a path. */
  readonly name: string | undefined;
  /** Bytes; as unproven as the name. */
  readonly length: number | undefined;
  /** URLs, each a tier of its own. */
  readonly trackers: readonly string[];
  /** Peers to begin with (`x.pe`); those that the link names by a host are left out. */
  readonly peers: readonly Endpoint[];
  /** HTTP URLs of the contents (BEP 19). */
  readonly webSeeds: readonly string[];
}

/** The file's v2 hash tree, as much as a torrent holds of it (BEP 52). */
export interface PieceTree {
  /** 32 bytes; undefined for an empty file. */
  readonly root: Uint8Array | undefined;
  /** The node above each piece's blocks, 32 bytes a piece; empty for a file of one piece, whose root says all. */
  readonly layer: Uint8Array;
}

/** Bytes of one SHA-1. */
export const sha1Bytes = 20;
/** Bytes of one SHA-256. */
export const sha256Bytes = 32;
/** Bytes of a leaf of the v2 hash tree, and the least `piece length` there is in v2 (BEP 52). */
export const blockBytes = 16 * 1024;

export const metainfoLimits = {
  /** Of a whole `.torrent`. One of 4 TiB in pieces of 16 MiB has 5 MiB; others draw the line between 1 and 30 MiB. */
  torrentBytesMax: 16 * 1024 * 1024,
  /** A piece must fit a buffer, many at once. */
  pieceLengthMax: pieceBytesMax,
  /** 8 TiB in the largest pieces. Each costs some 30 bytes of memory, and a number in `piece_map`. */
  piecesMax: 2 ** 19,
  /** Each is a line in the answer about the torrent. */
  filesMax: 20_000,
  /** Of one path with its separators: more than that Linux would not open. */
  pathBytesMax: 4000,
  /** As long as a hundred trackers with keys in their URLs; those who make links keep them far shorter. */
  magnetCharactersMax: 64 * 1024,
} as const;

export function pieceCount(file: Pick<Metainfo, 'length' | 'pieceLength'>): number {
  return Math.ceil(file.length / file.pieceLength);
}

/** The place in the content where piece `pieceIndex` begins, in bytes. */
export function pieceOffset(file: Pick<Metainfo, 'pieceLength'>, pieceIndex: number): number {
  return pieceIndex * file.pieceLength;
}

/** The length of piece `pieceIndex` in bytes: the last one may be short (BEP 3, "info dictionary"). */
export function pieceSize(file: Pick<Metainfo, 'length' | 'pieceLength'>, pieceIndex: number): number {
  return Math.min(file.pieceLength, file.length - pieceOffset(file, pieceIndex));
}

/** Bytes of `pieces` together. */
export function bytesOfPieces(file: Pick<Metainfo, 'length' | 'pieceLength'>, pieces: Bitfield): number {
  const full = pieces.count * file.pieceLength;
  const last = pieces.size - 1;
  // All pieces are of one length but the last.
  return pieces.has(last) ? full - file.pieceLength + pieceSize(file, last) : full;
}

/** The SHA-1 of piece `pieceIndex`: 20 bytes, a view. */
export function pieceHash(file: Metainfo, pieceIndex: number): Uint8Array {
  return file.pieceHashes.subarray(pieceIndex * sha1Bytes, (pieceIndex + 1) * sha1Bytes);
}

/** Every piece as a store keeps it: place, size and hash. */
export function* pieceRecords(file: Metainfo): Generator<PieceRecord> {
  for (let part = 0; part < pieceCount(file); part += 1) {
    const sha1 = Buffer.from(pieceHash(file, part)).toString('hex');
    yield { part, offset: pieceOffset(file, part), size: pieceSize(file, part), sha1 };
  }
}
