/**
 * Queries of `GET /announce` (BEP 3, "trackers"; BEP 7, 23) and `GET /scrape` (BEP 48) to values.
 *
 *     info_hash=%12%34V…&peer_id=-RV0100-…&port=6881&uploaded=0&downloaded=0&left=0&event=started&compact=1
 *     info_hash=%12%34V…&info_hash=%9a…
 *
 * A hash is any bytes, so the query is decoded to bytes and never taken for UTF-8. Clients differ in what they escape;
 * `+` is a plus. What we do not use is not looked at: above all `ip`, `ipv4` and `ipv6`, with which a client could
 * enrol a victim of its choice (BEP 7).
 */
import type { TorrentId } from '../../../bytes/ids.ts';
import type { Observer } from '../../../bytes/trace.ts';
import { TrackerError } from '../errors.ts';
import { type AnnounceEvent, type AnnounceRequest, hashBytes, peersWanted, trackerLimits } from '../types.ts';

export interface HttpAnnounceRequest extends AnnounceRequest {
  /** Whether the response is compact: always, but for `compact=0` (BEP 23). */
  readonly compact: boolean;
}

/** The announce in `query`, which follows the `?`, one character a byte. Throws TrackerError. */
export function parseAnnounceQuery(query: string, observe?: Observer): HttpAnnounceRequest {
  const { hashes, values } = splitQuery(query, observe);
  const [infoHash] = hashes;
  if (infoHash === undefined) throw badRequest('info_hash is missing');
  if (hashes.length > 1) throw badRequest('one info_hash at a time');
  const compact = values.get('compact') !== '0';
  return {
    infoHash: toTorrentId(infoHash),
    peerId: readPeerId(values.get('peer_id')),
    port: readPort(values.get('port')),
    // A client that does not say what is left, or -1 because it does not know yet, has not everything.
    seeder: /^0+$/.test(values.get('left') ?? ''),
    event: readEvent(values.get('event')),
    wanted: peersWanted(readCount(values.get('numwant'))),
    bothFamilies: true,
    compact,
    // With `no_peer_id=1` the dictionaries need no ids (BEP 23).
    withIds: !compact && values.get('no_peer_id') !== '1',
  };
}

/**
 * The torrents that a scrape asks about, the first 74 of them. Throws TrackerError, also when it names none (BEP 48).
 */
export function parseScrapeQuery(query: string, observe?: Observer): TorrentId[] {
  const { hashes } = splitQuery(query, observe);
  if (hashes.length === 0) throw badRequest('info_hash is missing: this tracker does not list all torrents');
  return hashes.slice(0, trackerLimits.scrapeMax).map(toTorrentId);
}

interface Query {
  /** Every `info_hash`, undecoded. */
  readonly hashes: readonly string[];
  /** The first value of each other name that is known here, undecoded. */
  readonly values: ReadonlyMap<string, string>;
}

const known: ReadonlySet<string> = new Set(['peer_id', 'port', 'left', 'event', 'numwant', 'compact', 'no_peer_id']);

function splitQuery(query: string, observe: Observer | undefined): Query {
  if (observe !== undefined) observeQuery(query, observe);
  const hashes: string[] = [];
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0));
    if (name === 'info_hash') hashes.push(pair.slice(equals + 1));
    else if (known.has(name) && !values.has(name)) values.set(name, pair.slice(equals + 1));
  }
  return { hashes, values };
}

/** Reports the parameters; of those that are not looked at (`key`, a passkey) the length alone. */
function observeQuery(query: string, observe: Observer): void {
  for (const pair of query.match(/[^&]*&|[^&]+$/g) ?? []) {
    const [name = '', value = ''] = pair.replace(/&$/, '').split(/=(.*)/s);
    if (name === 'info_hash' || name === 'peer_id') observe(name, pair, decodedOrRaw(value));
    else if (known.has(name)) observe(name, pair, value);
    else observe(name === '' ? '"&"' : name, pair.length);
  }
}

function decodedOrRaw(encoded: string): Buffer {
  try {
    return percentDecode(encoded);
  } catch {
    return Buffer.from(encoded, 'latin1'); // refused when it is used
  }
}

function toTorrentId(encoded: string): TorrentId {
  const bytes = percentDecode(encoded);
  if (bytes.length !== hashBytes) throw badRequest(`info_hash must be ${hashBytes} bytes, not ${bytes.length}`);
  return bytes.toString('hex') as TorrentId;
}

function readPeerId(encoded: string | undefined): Buffer {
  if (encoded === undefined) throw badRequest('peer_id is missing');
  const bytes = percentDecode(encoded);
  if (bytes.length !== hashBytes) throw badRequest(`peer_id must be ${hashBytes} bytes, not ${bytes.length}`);
  return bytes;
}

function readPort(text: string | undefined): number {
  const port = readCount(text);
  if (port === undefined || port > 0xffff) throw badRequest('port must be a number from 1 to 65535');
  return port;
}

/** The event; an empty one is none (BEP 3, "trackers"), and so is an unknown one (BEP 21 has `paused`). */
function readEvent(text: string | undefined): AnnounceEvent {
  return text === 'started' || text === 'completed' || text === 'stopped' ? text : 'none';
}

/** The number in `text`; undefined for anything but digits. */
function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : undefined;
}

/** The bytes of percent-encoded text. Throws TrackerError for a `%` without two hex digits. */
function percentDecode(encoded: string): Buffer {
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) throw badRequest('"%" must be followed by two hex digits');
  const bytes = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at += 1) {
    const escaped = encoded[at] === '%';
    bytes[length] = escaped ? Number.parseInt(encoded.slice(at + 1, at + 3), 16) : encoded.charCodeAt(at);
    length += 1;
    if (escaped) at += 2;
  }
  return bytes.subarray(0, length);
}

function badRequest(message: string): TrackerError {
  return new TrackerError('bad-request', message);
}
