/** A listed file as the wire door knows it: which info dictionary goes with which hash, and what proves its pieces. */
import { BencodeError } from '../../protocols/bencode/errors.ts';
import { Dictionary, parseBencode } from '../../protocols/bencode/read.ts';
import { encodeInfo } from '../../protocols/metainfo/write.ts';
import { encodeInfoV2 } from '../../protocols/metainfo/write-v2.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry, TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { WireTorrent } from './torrent.ts';

/** The torrent with that info-hash: v1, or v2 cut to 20 bytes (BEP 52); undefined when no file has it. */
export function wireTorrentByHash(catalog: Catalog, infoHash: Buffer): WireTorrent | undefined {
  const entry = catalog.byInfoHash(infoHash.toString('hex'));
  return entry && wireTorrent(entry, infoHash);
}

export function wireTorrent(entry: TorrentEntry, infoHash: Buffer = Buffer.from(entry.record.id, 'hex')): WireTorrent {
  const { record } = entry;
  // A hybrid has one dictionary for both its hashes; of our own files the v2 torrent is another one.
  const isV1 = infoHash.toString('hex') === record.id || record.tree === undefined;
  const info = isV1 ? encodeInfo(record) : encodeInfoV2(record, record.tree);
  return { entry, infoHash, info, pieceLayer: (root) => pieceLayer(record, root) };
}

/** From the tree that we made, or from what came with a hybrid: each root with its layer (BEP 52, "piece layers"). */
function pieceLayer({ tree, pieceLayers }: TorrentRecord, root: Buffer): Uint8Array | undefined {
  if (tree?.root !== undefined && root.equals(tree.root)) return tree.layer.length > 0 ? tree.layer : undefined;
  if (pieceLayers === undefined) return undefined;
  const layer = parsedLayers(pieceLayers)?.get(root.toString('latin1'));
  return layer instanceof Uint8Array ? layer : undefined;
}

/** A hybrid's layers were checked when it came; one that does not parse any more has none. */
function parsedLayers(bytes: Uint8Array): Dictionary | undefined {
  try {
    const layers = parseBencode(bytes);
    return layers instanceof Dictionary ? layers : undefined;
  } catch (error) {
    if (error instanceof BencodeError) return undefined;
    throw error;
  }
}
