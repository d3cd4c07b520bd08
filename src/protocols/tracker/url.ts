/**
 * A tracker's URL, as torrents and magnet links name it (BEP 3 "metainfo files", BEP 12, BEP 15), to where it is asked.
 * Nothing is looked up.
 *
 *     http://tracker.example/announce?passkey=1       by HTTP, at the URL
 *     udp://tracker.example:6969/announce             by UDP, at tracker.example, port 6969; the rest is told (BEP 41)
 *     https:, ws:, wss:                               not at all: there is no TLS here, and no WebSocket
 */
import { bareHostOf } from '../../bytes/host.ts';
import { parseIp } from '../../bytes/ip.ts';
import { TrackerError } from './errors.ts';
import { canBeHandedOut } from './types.ts';

export type TrackerUrl =
  | { readonly kind: 'http'; readonly url: URL }
  | {
      readonly kind: 'udp';
      /** A name or an address, without brackets. */
      readonly host: string;
      readonly port: number;
      /** Path and query, which a UDP tracker is told (BEP 41); empty where there is nothing to be told. */
      readonly path: string;
    };

/** The longest announce URL: it goes into one line of HTTP. */
const urlCharactersMax = 2000;

/** The tracker that `text` names. Throws a TrackerError ('bad-url') that says why it cannot be asked. */
export function parseTrackerUrl(text: string): TrackerUrl {
  if (text.length > urlCharactersMax) throw badUrl(`longer than ${urlCharactersMax} characters`);
  const [scheme] = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'http':
      return { kind: 'http', url: fenced(parseHttp(text)) };
    case 'udp':
      return parseUdp(text);
    case 'https':
    case 'wss':
      throw badUrl('there is no TLS here');
    case 'ws':
      throw badUrl('WebSocket trackers are for browsers');
    default:
      throw badUrl('neither http: nor udp:');
  }
}

function parseUdp(text: string): TrackerUrl {
  // Read as if it were http, whose hosts the URL standard knows how to read, and whose port 80 others assume here too.
  const url = parseHttp(text.replace(/^udp/i, 'http'));
  const path = url.pathname + url.search;
  return { kind: 'udp', host: bareHostOf(url), port: portOf(url), path: path === '/' ? '' : path };
}

function portOf(url: URL): number {
  return Number(url.port || 80);
}

function parseHttp(text: string): URL {
  if (!URL.canParse(text)) throw badUrl('not a URL');
  const url = new URL(text);
  if (!canBeHandedOut(portOf(url))) throw badUrl(`port ${url.port} is not for trackers`);
  return url;
}

/**
 * Lets `url` pass unless it is on this machine and no tracker's: a torrent, or a redirect, must not make us send a
 * request of a stranger's choosing to a program here. A tracker's path begins with "/announce", as in libtorrent.
 */
function fenced(url: URL): URL {
  if (isThisMachine(bareHostOf(url)) && !url.pathname.startsWith('/announce'))
    throw badUrl('a tracker on this machine must have a path that begins with /announce');
  return url;
}

function isThisMachine(host: string): boolean {
  const address = parseIp(host);
  if (address === undefined) return /(^|\.)localhost\.?$/.test(host);
  if (address.length === 4) return address[0] === 127 || address[0] === 0;
  return address.subarray(0, 15).every((byte) => byte === 0) && (address[15] as number) <= 1;
}

function badUrl(message: string): TrackerError {
  return new TrackerError('bad-url', message, 'drop');
}
