/** Makes the torrent that wire peers see: which info dictionary goes with which hash, and what proves its pieces. */
import { BencodeError } from '../../protocols/bencode/errors.ts';
import { Dictionary, parseBencode } from '../../protocols/bencode/read.ts';
import { encodeInfo } from '../../protocols/metainfo/write.ts';
import { encodeInfoV2 } from '../../protocols/metainfo/write-v2.ts';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { WireContent, WireTorrent } from './torrent.ts';

/** The torrent of `content` under `infoHash`: its v1 hash, or its v2 hash cut to 20 bytes (BEP 52, "infohash"). */
export function wireTorrent(
  content: WireContent,
  infoHash: Buffer = Buffer.from(content.record.id, 'hex'),
): WireTorrent {
  const { record } = content;
  // A hybrid has one dictionary for both its hashes; of our own files the v2 torrent is another one.
  const isV1 = infoHash.toString('hex') === record.id || record.tree === undefined;
  const info = isV1 ? encodeInfo(record) : encodeInfoV2(record, record.tree);
  return { content, infoHash, info, pieceLayer: (root) => pieceLayer(record, root) };
}

/** The layer below `root`: from the tree that we made, or from what came with a hybrid (BEP 52, "piece layers"). */
function pieceLayer({ tree, pieceLayers }: TorrentRecord, root: Buffer): Uint8Array | undefined {
  if (tree?.root !== undefined && root.equals(tree.root)) return tree.layer.length > 0 ? tree.layer : undefined;
  if (pieceLayers === undefined) return undefined;
  const layer = parsedLayers(pieceLayers)?.get(root.toString('latin1'));
  return layer instanceof Uint8Array ? layer : undefined;
}

/** The layers of a hybrid, which were checked when it came; undefined when they do not parse any more. */
function parsedLayers(bytes: Uint8Array): Dictionary | undefined {
  try {
    const layers = parseBencode(bytes);
    return layers instanceof Dictionary ? layers : undefined;
  } catch (error) {
    if (error instanceof BencodeError) return undefined;
    throw error;
  }
}
