/** A torrent as wire peers see it: under one of its info-hashes, with what follows from that. */
import { proveHashes } from '../../protocols/metainfo/proof.ts';
import { pieceCount, pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentShape } from '../../protocols/wire/session.ts';
import type { Capabilities, HashRange, OutgoingMessage } from '../../protocols/wire/types.ts';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';

/** The pieces of a torrent, as much as connections need to know of them. Told apart by identity. */
export interface WireContent {
  readonly record: TorrentRecord;
  /** Whether we can give every piece. */
  readonly complete: boolean;
  /** Whether we can give piece `pieceIndex`. */
  has(pieceIndex: number): boolean;
  /** Reads a piece, verified. Fails when it cannot be had. */
  read(pieceIndex: number): Promise<LentPiece>;
}

/** A torrent by its v1 hash, or by that of its v2 torrent. */
export interface WireTorrent {
  readonly content: WireContent;
  /** 20 bytes, as in handshakes. */
  readonly infoHash: Buffer;
  /** The info dictionary whose hash `infoHash` is. */
  readonly info: Buffer;
  /** The piece layer (BEP 52, "piece layers") of the file with the root `piecesRoot`. */
  readonly pieceLayer: (piecesRoot: Buffer) => Uint8Array | undefined;
}

function isV2({ content, infoHash }: WireTorrent): boolean {
  return infoHash.toString('hex') !== content.record.id;
}

/**
 * The pieces and their sizes. BEP 52 ends the last piece where the file ends; libtorrent 2.0 takes that piece for a
 * full one, filled up with zeros, asks for blocks of 16 KiB to its end, and gets them.
 */
export function shapeOf(torrent: WireTorrent): TorrentShape {
  const { record } = torrent.content;
  const size = isV2(torrent) ? () => record.pieceLength : (pieceIndex: number) => pieceSize(record, pieceIndex);
  return { pieces: pieceCount(record), pieceSize: size };
}

/**
 * The abilities that we offer in the handshake: the v2 bit only to peers that came by the hash of a v2 torrent (BEP
 * 52).
 */
export function capabilitiesFor(torrent: WireTorrent): Capabilities {
  return { fast: true, extended: true, v2: isV2(torrent) };
}

/** The hashes of `range` with their proof, or that they cannot be had (BEP 52, "peer messages"). */
export function answerHashRequest({ content, pieceLayer }: WireTorrent, range: HashRange): OutgoingMessage {
  const layer = pieceLayer(range.piecesRoot);
  const hashes = layer && proveHashes(layer, content.record.pieceLength, range);
  return hashes === undefined ? { ...range, kind: 'hash-reject' } : { ...range, kind: 'hashes', hashes };
}
