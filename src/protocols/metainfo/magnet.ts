/**
 * A magnet link to what it says (BEP 9, "magnet URI format"): which torrent, and where to look for those who have it.
 * Links are made by hand and by all sorts of programs, so nothing is refused but what leaves open which torrent is
 * meant. `magnetLink` in `write.ts` is the way back.
 *
 *     magnet:?xt=urn:btih:22596363b3de40b06f981fb85d82312e8c0ed511&dn=hello.txt&xl=11&tr=http%3A%2F%2Fh%2Fannounce
 */
import { parseEndpoint } from '../../bytes/endpoint.ts';
import { parseTorrentId, type TorrentId } from '../../bytes/ids.ts';
import { printable } from '../../bytes/printable.ts';
import { parseDigits } from '../../bytes/verb-line.ts';
import { MetainfoError, v2OnlyError } from './errors.ts';
import { type Magnet, metainfoLimits } from './types.ts';

/** The contents of the magnet link `text` (BEP 9, "magnet URI format"). Throws MetainfoError. */
export function parseMagnet(text: string): Magnet {
  if (text.length > metainfoLimits.magnetCharactersMax) {
    const rule = `the most are ${metainfoLimits.magnetCharactersMax}`;
    throw new MetainfoError('too-large', `a magnet link of ${text.length} characters, ${rule}`);
  }
  const query = /^magnet:\?(.*)$/is.exec(text)?.[1];
  if (query === undefined) throw badMagnet(`a magnet link begins with "magnet:?", not ${shown(text)}`);
  const values = readParameters(query);
  const decoded = (key: string): string[] => (values.get(key) ?? []).map(percentDecode);
  const [name] = (values.get('dn') ?? []).map((value) => percentDecode(value.replaceAll('+', ' ')));
  return {
    infoHash: readTopics(decoded('xt')),
    name: name === '' ? undefined : name,
    length: parseDigits(values.get('xl')?.[0] ?? ''),
    trackers: urls(decoded('tr')),
    peers: decoded('x.pe').flatMap((text) => parseEndpoint(text) ?? []),
    webSeeds: urls(decoded('ws')),
  };
}

/** All values of each parameter, in order. Of several some number theirs: `tr.1` is a `tr`. */
function readParameters(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const parameter of query.split('&')) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(parameter) ?? [];
    const plain = key.toLowerCase().replace(/\.\d+$/, '');
    const others = values.get(plain);
    if (others === undefined) values.set(plain, [value]);
    else others.push(value);
  }
  return values;
}

/** The v1 hash among the "exact topics" (`btih`); a v2 one (`btmh`, BEP 52) alone is of no use here. */
function readTopics(topics: readonly string[]): TorrentId {
  const named = (kind: string): string[] => {
    const prefix = `urn:${kind}:`;
    return topics.filter((topic) => topic.toLowerCase().startsWith(prefix)).map((topic) => topic.slice(prefix.length));
  };
  const [infoHash, ...others] = new Set(named('btih').map(readInfoHash));
  if (others.length > 0) throw new MetainfoError('ambiguous', 'the magnet link names more than one v1 info-hash');
  if (infoHash !== undefined) return infoHash;
  if (named('btmh').length > 0) throw v2OnlyError('a magnet link');
  throw new MetainfoError('missing-key', 'the magnet link names no torrent: there is no "xt=urn:btih:"');
}

/** 40 hex digits (BEP 9), or 32 characters of base32 (RFC 4648 6), in either case. */
function readInfoHash(text: string): TorrentId {
  const id = parseTorrentId(text) ?? fromBase32(text);
  if (id !== undefined) return id;
  throw badMagnet(`"xt=urn:btih:" must go on with 40 hex digits or 32 characters of base32, not ${shown(text)}`);
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function fromBase32(text: string): TorrentId | undefined {
  if (!/^[A-Z2-7]{32}$/i.test(text)) return undefined;
  let value = 0n;
  for (const character of text.toUpperCase()) value = value * 32n + BigInt(base32Alphabet.indexOf(character));
  return value.toString(16).padStart(40, '0') as TorrentId;
}

/** Each once: links are often put together from several. */
function urls(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))];
}

/** The text with its escapes decoded; other characters stay, and bytes that are not UTF-8 become U+FFFD. */
function percentDecode(text: string): string {
  const bytes = Buffer.from(text)
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function badMagnet(message: string): MetainfoError {
  return new MetainfoError('bad-magnet', message);
}

function shown(text: string): string {
  return `"${printable(text.slice(0, 60))}"`;
}
