/**
 * Metainfo to bytes: the info dictionary, the info-hash, the `.torrent` file and the magnet link.
 */
import { createHash } from 'node:crypto';
import type { FileId } from '../../bytes/ids.ts';
import { encodeBencode } from '../bencode/write.ts';
import { type Metainfo, pieceCount, sha1Bytes } from './types.ts';

/** The info dictionary of a single-file torrent (BEP 3), as bencode. */
export function encodeInfo(file: Metainfo): Buffer {
  if (file.pieceHashes.length !== pieceCount(file) * sha1Bytes) {
    throw new RangeError(`${file.pieceHashes.length} bytes of hashes for ${pieceCount(file)} pieces`);
  }
  return encodeBencode({
    length: file.length,
    name: file.name,
    'piece length': file.pieceLength,
    pieces: file.pieceHashes,
  });
}

/** The SHA-1 of the info dictionary: the file's identity. */
export function infoHash(file: Metainfo): FileId {
  return createHash('sha1').update(encodeInfo(file)).digest('hex') as FileId;
}

export interface TorrentExtras {
  /** When the file came, in seconds since 1970. */
  readonly creationDate: number;
  /** HTTP URLs of the whole file (BEP 19). */
  readonly webSeeds: readonly string[];
}

/** The bytes of a `.torrent` file. */
export function encodeTorrent(file: Metainfo, extras: TorrentExtras): Buffer {
  const head = encodeBencode({ 'created by': 'rivulet', 'creation date': extras.creationDate }).subarray(1, -1);
  const urls = encodeBencode({ 'url-list': extras.webSeeds }).subarray(1, -1);
  // The info dictionary goes in as the very bytes that were hashed; "info" sorts between the other keys.
  return Buffer.concat([Buffer.from('d'), head, Buffer.from('4:info'), encodeInfo(file), urls, Buffer.from('e')]);
}

/** A magnet link (BEP 9) with the name, the length and the web seeds. */
export function magnetLink(id: FileId, file: Metainfo, extras: Pick<TorrentExtras, 'webSeeds'>): string {
  const seeds = extras.webSeeds.map((url) => `&ws=${encodeURIComponent(url)}`).join('');
  return `magnet:?xt=urn:btih:${id}&dn=${encodeURIComponent(file.name)}&xl=${file.length}${seeds}`;
}
