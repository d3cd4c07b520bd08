/**
 * The v2 twin of a file's torrent (BEP 52): the same bytes in the same pieces, checked by a tree of SHA-256. It is a
 * torrent of its own with an info-hash of its own, since a hybrid is not understood by all v1 clients.
 *
 *     d9:file treed5:a.txtd0:d6:lengthi5e11:pieces root32:...eee12:meta versioni2e4:name5:a.txt12:piece lengthi16384ee
 */
import { createHash } from 'node:crypto';
import { encodeBencode } from '../bencode/write.ts';
import { blockBytes, type Metainfo, type PieceTree } from './types.ts';
import { assembleTorrent, type TorrentExtras } from './write.ts';

/** The reason why there can be no v2 twin of `file`, to follow "the file"; undefined when there can. */
export function v2Fault({ files, pieceLength }: Metainfo): string | undefined {
  if (files !== undefined) return 'is several, and v2 puts the pieces of each apart';
  if (pieceLength >= blockBytes && Number.isInteger(Math.log2(pieceLength))) return undefined;
  return `has pieces of ${pieceLength} bytes, and v2 wants a power of two from ${blockBytes} on`;
}

/** The info dictionary of the v2 twin (BEP 52, "info dictionary"). */
export function encodeInfoV2(file: Metainfo, { root }: PieceTree): Buffer {
  return encodeBencode({
    'file tree': { [file.name]: { '': { length: file.length, 'pieces root': root } } },
    'meta version': 2,
    name: file.name,
    'piece length': file.pieceLength,
  });
}

/** The v2 info-hash of a hybrid, else that of the twin, 64 hex digits; undefined when the file has no v2 torrent. */
export function infoHashV2(file: Metainfo): string | undefined {
  const hybrid = file.pieceLayers === undefined ? undefined : file.info;
  const info = hybrid ?? (file.tree && encodeInfoV2(file, file.tree));
  return info && createHash('sha256').update(info).digest('hex');
}

/** The bytes of the `.torrent` file. */
export function encodeTorrentV2(file: Metainfo, tree: PieceTree, extras: TorrentExtras): Buffer {
  const { root, layer } = tree;
  const layers = root !== undefined && layer.length > 0 ? new Map([[root, layer]]) : new Map<string, never>();
  return assembleTorrent(encodeInfoV2(file, tree), extras, encodeBencode(layers));
}
