/**
 * The info dictionary of others (BEP 3, "info dictionary"; BEP 52, "Upgrade Path" for hybrids) to the metainfo that we
 * keep, in the terms of v1, by which pieces are checked here.
 */
import type { Info, Metainfo } from './types.ts';
import { encodeInfo } from './write.ts';

/**
 * Metainfo that refers to the bytes of `info`, with the `pieceLayers` of the torrent; undefined when there is no v1
 * part. A dictionary that we would have made byte for byte is not kept.
 */
export function metainfoFromInfo(info: Info, pieceLayers?: Uint8Array): Metainfo | undefined {
  const { v1, name, length, pieceLength, files, raw } = info;
  if (v1 === undefined) return undefined;
  const own: Metainfo = { name, length, pieceLength, pieceHashes: v1.pieceHashes };
  if (files === undefined && raw.equals(encodeInfo(own))) return own;
  return { ...own, info: raw, ...(files && { files }), ...(pieceLayers && { pieceLayers }) };
}
