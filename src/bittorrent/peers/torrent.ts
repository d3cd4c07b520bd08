/** A file as the wire knows it: under one of its info-hashes, with what follows from that. */
import { proveHashes } from '../../protocols/metainfo/proof.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentShape } from '../../protocols/wire/session.ts';
import type { Capabilities, HashRange, OutgoingMessage } from '../../protocols/wire/types.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';

/** A file as a torrent: by its v1 hash, or by that of its v2 torrent. */
export interface WireTorrent {
  readonly entry: TorrentEntry;
  /** 20 bytes, as in handshakes. */
  readonly infoHash: Buffer;
  /** The info dictionary whose hash that is. */
  readonly info: Buffer;
  /** The piece layer (BEP 52) of its file with that `piecesRoot`. */
  readonly pieceLayer: (piecesRoot: Buffer) => Uint8Array | undefined;
}

function isV2({ entry, infoHash }: WireTorrent): boolean {
  return infoHash.toString('hex') !== entry.record.id;
}

/**
 * BEP 52 ends the last piece where the file ends. libtorrent 2.0 takes it for a whole one, filled up with zeros, and
 * asks for blocks of 16 KiB to the last; it gets them.
 */
export function shapeOf(torrent: WireTorrent): TorrentShape {
  const { record, pieces } = torrent.entry;
  return { pieces, pieceSize: isV2(torrent) ? () => record.pieceLength : (index) => pieceSize(record, index) };
}

/** The bit for v2 is for those who came by the hash of a v2 torrent (BEP 52). */
export function capabilitiesFor(torrent: WireTorrent): Capabilities {
  return { fast: true, extended: true, v2: isV2(torrent) };
}

/** BEP 52: the hashes of that range with their proof, or that they cannot be had. */
export function answerHashRequest({ entry, pieceLayer }: WireTorrent, range: HashRange): OutgoingMessage {
  const layer = pieceLayer(range.piecesRoot);
  const hashes = layer && proveHashes(layer, entry.record.pieceLength, range);
  return hashes === undefined ? { ...range, kind: 'hash-reject' } : { ...range, kind: 'hashes', hashes };
}
