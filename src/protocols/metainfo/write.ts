/**
 * Metainfo to bytes: the info dictionary, the info-hash, the `.torrent` file (BEP 3, "metainfo files") and the magnet
 * link (BEP 9). Torrents that we make are v1; their v2 twins are made in `write-v2.ts`.
 */
import { createHash } from 'node:crypto';
import type { TorrentId } from '../../bytes/ids.ts';
import type { BencodeValue } from '../bencode/types.ts';
import { encodeBencode } from '../bencode/write.ts';
import { type Metainfo, pieceCount, sha1Bytes } from './types.ts';

/** The info dictionary as bencode: as others made it, else that of a single file (BEP 3, "info dictionary"). */
export function encodeInfo(file: Metainfo): Buffer {
  if (file.info !== undefined) return file.info;
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
export function infoHash(file: Metainfo): TorrentId {
  return createHash('sha1').update(encodeInfo(file)).digest('hex') as TorrentId;
}

export interface TorrentExtras {
  /** The time at which the file came, in seconds since 1970. */
  readonly creationDate: number;
  /** Announce URLs, in the order in which they are tried. */
  readonly trackers: readonly string[];
  /** HTTP URLs of the content (BEP 19). */
  readonly webSeeds: readonly string[];
}

/** The bytes of a `.torrent` file. */
export function encodeTorrent(file: Metainfo, extras: TorrentExtras): Buffer {
  return assembleTorrent(encodeInfo(file), extras, file.pieceLayers);
}

/**
 * A `.torrent` file around an info dictionary, which goes in as the very bytes that were hashed. `pieceLayers`, as
 * bencode, belongs to one with a v2 part.
 */
export function assembleTorrent(info: Uint8Array, extras: TorrentExtras, pieceLayers?: Uint8Array): Buffer {
  const { creationDate, trackers, webSeeds } = extras;
  // BEP 12: a tier for each, so that all clients try them in this order. Both know the same peers, so one is enough.
  const tiers = trackers.length === 0 ? undefined : trackers.map((url) => [url]);
  const before = {
    announce: trackers[0],
    'announce-list': tiers,
    'created by': 'rivulet',
    'creation date': creationDate,
  };
  const layers = pieceLayers === undefined ? [] : [Buffer.from('12:piece layers'), pieceLayers];
  const urls = { 'url-list': webSeeds.length === 0 ? undefined : webSeeds };
  const parts = [entriesOf(before), Buffer.from('4:info'), info, ...layers, entriesOf(urls)];
  return Buffer.concat([Buffer.from('d'), ...parts, Buffer.from('e')]);
}

/** The keys and values of a dictionary, without its `d` and `e`. */
function entriesOf(values: Readonly<Record<string, BencodeValue | undefined>>): Buffer {
  return encodeBencode(values).subarray(1, -1);
}

/** The torrents of a file that a magnet link names: v1, v2 or both. */
export interface MagnetHashes {
  /** 40 hex digits. */
  readonly v1?: string;
  /** 64 hex digits. */
  readonly v2?: string | undefined;
}

/** A magnet link (BEP 9; BEP 52, "magnet links") with the name, the length, trackers and web seeds. */
export function magnetLink(
  hashes: MagnetHashes,
  file: Pick<Metainfo, 'name' | 'length'>,
  { trackers, webSeeds }: Omit<TorrentExtras, 'creationDate'>,
): string {
  const topics = [
    ...(hashes.v1 === undefined ? [] : [`xt=urn:btih:${hashes.v1}`]),
    // A multihash: SHA-256 (0x12) of 32 (0x20) bytes.
    ...(hashes.v2 === undefined ? [] : [`xt=urn:btmh:1220${hashes.v2}`]),
  ];
  const about = [`dn=${encodeURIComponent(file.name)}`, `xl=${file.length}`];
  const announce = trackers.map((url) => `tr=${encodeURIComponent(url)}`);
  const seeds = webSeeds.map((url) => `ws=${encodeURIComponent(url)}`);
  return `magnet:?${[...topics, ...about, ...announce, ...seeds].join('&')}`;
}
