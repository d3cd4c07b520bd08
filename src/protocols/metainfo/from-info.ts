/**
 * From what others' info dictionary says to the metainfo that we keep, in v1 terms: those are what pieces go by here.
 */
import type { Info, Metainfo } from './types.ts';
import { encodeInfo } from './write.ts';

/**
 * `info` as we keep it, referring to its bytes; `pieceLayers` are those of its torrent. Undefined when there is no v1
 * part. A dictionary that we would have made just so is not kept.
 */
export function metainfoFromInfo(info: Info, pieceLayers?: Uint8Array): Metainfo | undefined {
  const { v1, name, length, pieceLength, files, raw } = info;
  if (v1 === undefined) return undefined;
  const own: Metainfo = { name, length, pieceLength, pieceHashes: v1.pieceHashes };
  if (files === undefined && raw.equals(encodeInfo(own))) return own;
  return { ...own, info: raw, ...(files && { files }), ...(pieceLayers && { pieceLayers }) };
}
