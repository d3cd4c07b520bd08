/**
 * The announce of a client to an HTTP tracker (BEP 3, "trackers"; BEP 23), which is a URL.
 *
 *     http://tracker.example/announce?passkey=1&info_hash=%124V…&peer_id=-RV0100-…&port=6881&uploaded=0&downloaded=0
 *         &left=16384&event=started&compact=1&numwant=50&key=89ABCDEF
 */
import type { FieldValue, Observer } from '../../../bytes/trace.ts';
import type { ClientAnnounce } from '../types.ts';

/** A copy of `tracker` with the announce in its query, behind what is there already (a passkey). */
export function announceUrl(tracker: URL, announce: ClientAnnounce, observe?: Observer): URL {
  const url = new URL(tracker);
  const pairs = pairsOf(announce);
  const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
  if (observe !== undefined) observePairs(announce, pairs, observe);
  url.search = url.search === '' ? query : `${url.search}&${query}`;
  return url;
}

type Pairs = readonly (readonly [name: string, value: string | number])[];

function pairsOf(announce: ClientAnnounce): Pairs {
  const { event, trackerId } = announce;
  return [
    ['info_hash', percentEncode(announce.infoHash)],
    ['peer_id', percentEncode(announce.peerId)],
    ['port', announce.port],
    ['uploaded', announce.uploadedBytes],
    ['downloaded', announce.downloadedBytes],
    ['left', announce.leftBytes],
    ...(event === 'none' ? [] : [['event', event] as const]),
    ['compact', 1],
    ['numwant', announce.wanted],
    ['key', announce.key.toString(16).toUpperCase().padStart(8, '0')],
    ...(trackerId === undefined ? [] : [['trackerid', percentEncode(trackerId)] as const]),
  ];
}

/** Of `key` and `trackerid`, by which a tracker knows a client, only the length is told. */
function observePairs({ infoHash, peerId }: ClientAnnounce, pairs: Pairs, observe: Observer): void {
  const bytes: Readonly<Record<string, FieldValue>> = { info_hash: infoHash, peer_id: peerId };
  for (const [place, [name, value]] of pairs.entries()) {
    const text = `${name}=${value}${place < pairs.length - 1 ? '&' : ''}`;
    if (name === 'key' || name === 'trackerid') observe(name, text.length);
    else observe(name, text, bytes[name] ?? value);
  }
}

/** Escapes every byte but the unreserved characters of RFC 3986 2.3, which trackers may compare unescaped. */
function percentEncode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
