/**
 * A `.torrent` file to its contents (BEP 3, "metainfo files"; BEP 12, 19, 52). Trackers and web seeds are read, and
 * used by nobody here.
 *
 *     d8:announce28:http://127.0.0.1:8080/announce4:infod...ee
 */
import { atOnce } from '../../bytes/steps.ts';
import type { Bencode, Dictionary } from '../bencode/read.ts';
import { MetainfoError } from './errors.ts';
import { asBytes, asDictionary, asList, bytesIn, decodeUtf8, dictionaryIn, listIn, required } from './fields.ts';
import { checkPieceLayers } from './file-tree.ts';
import { readInfo, readStrictly } from './read-info.ts';
import { metainfoLimits, type Torrent } from './types.ts';

/** The contents of the `.torrent` file `bytes`, which are referred to, not copied. Throws MetainfoError. */
export function parseTorrent(bytes: Uint8Array): Torrent {
  return atOnce(readTorrent(bytes));
}

/** Reads as `parseTorrent` does, in short steps: the torrent of a stranger may take a second in all. */
export function* readTorrent(bytes: Uint8Array): Generator<undefined, Torrent> {
  if (bytes.length > metainfoLimits.torrentBytesMax) {
    throw new MetainfoError('too-large', `${bytes.length} bytes, the most are ${metainfoLimits.torrentBytesMax}`);
  }
  const torrent = asDictionary(yield* readStrictly(bytes), 'torrent');
  const info = yield* readInfo(required(dictionaryIn(torrent, 'info'), 'info'), torrent.raw('info') as Buffer);
  if (info.v2 !== undefined) yield* checkPieceLayers(torrent.get('piece layers'), info.v2.files, info.pieceLength);
  return {
    info,
    trackers: readTrackers(torrent),
    webSeeds: readWebSeeds(torrent),
    pieceLayers: info.v2 && (torrent.raw('piece layers') ?? noLayers),
  };
}

/** The trackers: `announce` is ignored where there is an `announce-list` (BEP 12), unless that list names nobody. */
function readTrackers(torrent: Dictionary): string[][] {
  const tiers = (listIn(torrent, 'announce-list') ?? []).map(readTier).filter((tier) => tier.length > 0);
  if (tiers.length > 0) return tiers;
  const announce = bytesIn(torrent, 'announce');
  const tier = announce === undefined ? [] : urls([announce], 'announce');
  return tier.length === 0 ? [] : [tier];
}

/** One tier. Some tools write a flat list: each of its URLs is a tier. */
function readTier(tier: Bencode): string[] {
  return urls(tier instanceof Uint8Array ? [tier] : asList(tier, 'announce-list'), 'announce-list');
}

/** The web seeds: one URL or a list of them (BEP 19, "Metadata Extension"). */
function readWebSeeds(torrent: Dictionary): string[] {
  const value = torrent.get('url-list');
  if (value === undefined) return [];
  return urls(Array.isArray(value) ? value : [value], 'url-list');
}

/** Texts without what some tools leave: empty strings, ends of lines. */
function urls(values: readonly Bencode[], key: string): string[] {
  return values.map((url) => text(url, key).trim()).filter((url) => url !== '');
}

function text(value: Bencode, key: string): string {
  const decoded = decodeUtf8(asBytes(value, key));
  if (decoded !== undefined) return decoded;
  throw new MetainfoError('wrong-type', `"${key}" must be UTF-8`);
}

/** An empty dictionary: no file is longer than a piece. */
const noLayers = Buffer.from('de');
