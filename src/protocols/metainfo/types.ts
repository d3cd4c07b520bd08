/**
 * A torrent as its info dictionary describes it (BEP 3, "info dictionary"): name, length, piece length, and the SHA-1
 * of each piece. The SHA-1 of that dictionary, the info-hash, is the identity for every protocol.
 *
 * We make torrents of one file, and the four facts are all that is in them. Torrents that others made may hold many
 * files and keys that mean nothing to us, so their dictionary is kept as it came.
 */
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { type PieceRecord, pieceBytesMax } from '../../bytes/pieces.ts';

/** A torrent, as much of it as is kept. */
export interface Metainfo {
  readonly name: string;
  /** Bytes of the content. */
  readonly length: number;
  /** Bytes in every piece but the last. */
  readonly pieceLength: number;
  /** The SHA-1 of each piece, 20 bytes, in order. */
  readonly pieceHashes: Uint8Array;
  /** The info dictionary of a torrent that others made, byte for byte; absent where it follows from the above. */
  readonly info?: Buffer;
  /** The files whose bytes, one after the other, are the content; absent when it is one, called `name`. */
  readonly files?: readonly TorrentFile[];
  /** The `piece layers` that belong to `info` where that is a hybrid (BEP 52), as bencode. */
  readonly pieceLayers?: Uint8Array;
  /** The hash tree of the v2 torrent that we made of the same file, once somebody has asked for that. */
  readonly tree?: PieceTree;
}

/** One file of a torrent of several. */
export interface TorrentFile {
  /** The names of folders from the outermost in, then that of the file; below a folder that is named as the torrent. */
  readonly path: readonly string[];
  /** Bytes of the file. */
  readonly length: number;
  /** The place in the content where the file begins. */
  readonly offset: number;
  /** Whether the file is zeros that nobody wants, so that the next file begins with a piece (BEP 47). */
  readonly padding: boolean;
}

/** The contents of an info dictionary: v1 (BEP 3), v2 (BEP 52), or both of the same files (a hybrid). */
export interface Info extends Pick<Metainfo, 'name' | 'length' | 'pieceLength' | 'files'> {
  /** The dictionary, byte for byte. */
  readonly raw: Buffer;
  /** Whether peers may only come from the torrent's own trackers (BEP 27). */
  readonly private: boolean;
  readonly v1: InfoV1 | undefined;
  readonly v2: InfoV2 | undefined;
}

/** The v1 part of an info dictionary (BEP 3, "info dictionary"). */
export interface InfoV1 {
  readonly infoHash: TorrentId;
  readonly pieceHashes: Buffer;
}

/** The v2 part of an info dictionary (BEP 52). */
export interface InfoV2 {
  /** The SHA-256 of the dictionary, 64 hex digits. Trackers and peers use the first 40 (BEP 52, "infohash"). */
  readonly infoHash: string;
  readonly files: readonly FileV2[];
}

/** A file of a v2 torrent (BEP 52, "file tree"). */
export interface FileV2 extends Omit<TorrentFile, 'padding'> {
  /** The root of the hash tree, 32 bytes; undefined for an empty file. */
  readonly piecesRoot: Buffer | undefined;
}

/** The contents of a `.torrent` file (BEP 3, "metainfo files"). */
export interface Torrent {
  readonly info: Info;
  /** Trackers in tiers (BEP 12); the one in `announce` where there is no `announce-list`. */
  readonly trackers: readonly (readonly string[])[];
  /** HTTP URLs of the content (BEP 19). */
  readonly webSeeds: readonly string[];
  /** The value of `piece layers` as it stands (BEP 52), checked; an empty dictionary for none; undefined without v2. */
  readonly pieceLayers: Buffer | undefined;
}

/** A magnet link (BEP 9). */
export interface Magnet {
  readonly infoHash: TorrentId;
  /** The name that the maker of the link gives the file: to be shown, and never to become a path. */
  readonly name: string | undefined;
  /** Bytes of the content; as unproven as the name. */
  readonly length: number | undefined;
  /** Tracker URLs, each a tier of its own. */
  readonly trackers: readonly string[];
  /** Peers to begin with (`x.pe`); those that the link names by a host are left out. */
  readonly peers: readonly Endpoint[];
  /** HTTP URLs of the content (BEP 19). */
  readonly webSeeds: readonly string[];
}

/** The v2 hash tree of a file, as much as a torrent holds of it (BEP 52, "pieces root", "piece layers"). */
export interface PieceTree {
  /** The root of the tree, 32 bytes; undefined for an empty file. */
  readonly root: Uint8Array | undefined;
  /** The node above each piece's blocks, 32 bytes a piece; empty for a file of one piece, whose root says all. */
  readonly layer: Uint8Array;
}

/** Bytes of one SHA-1. */
export const sha1Bytes = 20;
/** Bytes of one SHA-256. */
export const sha256Bytes = 32;
/** Bytes under a leaf of the v2 hash tree, and the least `piece length` in v2 (BEP 52, "piece length"). */
export const blockBytes = 16 * 1024;

export const metainfoLimits = {
  /** Bytes of a `.torrent`. One of 4 TiB in pieces of 16 MiB has 5 MiB; others draw the line between 1 and 30 MiB. */
  torrentBytesMax: 16 * 1024 * 1024,
  /** Bytes of a piece: many pieces must fit into memory at a time. */
  pieceLengthMax: pieceBytesMax,
  /** Pieces: 8 TiB in the largest ones. Each costs some 30 bytes of memory, and a number in `piece_map`. */
  piecesMax: 2 ** 19,
  /** Files: each is a line in the response about the torrent. */
  filesMax: 20_000,
  /** Elements of one path: as deep as bencode lets the folders of v2 be in each other, and deeper than people go. */
  pathElementsMax: 64,
  /** Bytes of one path with its separators: Linux opens no longer ones. */
  pathBytesMax: 4000,
  /** Characters of a magnet link: a hundred trackers with keys in their URLs; real links are far shorter. */
  magnetCharactersMax: 64 * 1024,
} as const;

/** The number of pieces (BEP 3, "info dictionary"). */
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
    yield { pieceIndex: part, offset: pieceOffset(file, part), size: pieceSize(file, part), sha1 };
  }
}
