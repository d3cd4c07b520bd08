/**
 * The response of an HTTP tracker (BEP 3, "trackers"; BEP 7, 23, 31) to a value.
 *
 *     d8:completei1e10:incompletei2e8:intervali1800e12:min intervali900e5:peers12:…6:peers618:…e
 *     d5:peersld2:ip9:127.0.0.14:porti6881eeee
 *     d14:failure reason13:not a torrent8:retry in5:nevere
 *
 * Many trackers put their bencode together by hand. Keys out of order (chihaya, trackers in PHP) and bytes behind the
 * end (line breaks) are accepted, since nothing is hashed here; values of the wrong type are skipped where we can do
 * without. A dictionary that says nothing of peers is no response.
 */
import type { Endpoint } from '../../../bytes/endpoint.ts';
import { BencodeError } from '../../bencode/errors.ts';
import { type Bencode, Dictionary, parseBencodePrefix } from '../../bencode/read.ts';
import { TrackerError } from '../errors.ts';
import { parseCompactPeers, peerAt } from '../peer-addresses.ts';
import { reasonText, responseText } from '../response-text.ts';
import { responseLimits, type TrackerFailure, type TrackerResponse } from '../types.ts';

/**
 * The response in `body`. Some trackers send a good response with a status that tells of an error, so `status` counts
 * only when the body is no response. Throws a TrackerError ('bad-answer').
 */
export function parseHttpResponse(body: Uint8Array, status: number): TrackerResponse {
  try {
    return parseBody(body);
  } catch (error) {
    if (!(error instanceof TrackerError) || status === 200) throw error;
    throw new TrackerError('bad-answer', `status ${status}`, 'drop');
  }
}

function parseBody(body: Uint8Array): TrackerResponse {
  const response = parseDictionary(body);
  const reason = response.get('failure reason');
  if (reason !== undefined) return failureOf(reason, response.get('retry in'));
  const interval = countIn(response, 'interval');
  const [peers, peers6] = [response.get('peers'), response.get('peers6')];
  if (interval === undefined && peers === undefined && peers6 === undefined)
    throw badResponse('neither peers nor an interval');
  return {
    kind: 'peers',
    peers: [...peersOf(peers, 'ipv4'), ...peersOf(peers6, 'ipv6')].slice(0, responseLimits.peersMax),
    interval,
    minInterval: countIn(response, 'min interval'),
    warning: textIn(response, 'warning message'),
    seeders: countIn(response, 'complete'),
    leechers: countIn(response, 'incomplete'),
    trackerId: trackerIdIn(response),
  };
}

function parseDictionary(body: Uint8Array): Dictionary {
  try {
    const { value } = parseBencodePrefix(body, { unsortedKeys: true });
    if (value instanceof Dictionary) return value;
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw badResponse(`no bencode: ${error.message}`);
  }
  throw badResponse('no dictionary');
}

function failureOf(reason: Bencode, retryIn: Bencode | undefined): TrackerFailure {
  const text = reasonText(Buffer.isBuffer(reason) ? reason : Buffer.alloc(0));
  return { kind: 'failure', reason: text, retryIn: readRetryIn(retryIn) };
}

/** The minutes of `retry in`, as a number or in digits, or "never" (BEP 31). */
function readRetryIn(value: Bencode | undefined): TrackerFailure['retryIn'] {
  const text = Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
  if (text === 'never') return text;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/**
 * The peers in one string (BEP 23, 7), or in a list of dictionaries (BEP 3, "trackers"), whose names are not looked up.
 */
function peersOf(value: Bencode | undefined, family: 'ipv4' | 'ipv6'): Endpoint[] {
  if (value === undefined) return [];
  if (Buffer.isBuffer(value)) return parseCompactPeers(value, family);
  if (!Array.isArray(value)) throw badResponse('peers must be a string or a list');
  return (value as readonly Bencode[])
    .slice(0, responseLimits.peersMax)
    .map(readPeer)
    .filter((peer) => peer !== undefined);
}

function readPeer(value: Bencode): Endpoint | undefined {
  if (!(value instanceof Dictionary)) throw badResponse('a peer must be a dictionary');
  const [ip, port] = [value.get('ip'), value.get('port')];
  return Buffer.isBuffer(ip) && typeof port === 'number' ? peerAt(ip.toString('latin1'), port) : undefined;
}

function countIn(response: Dictionary, key: string): number | undefined {
  const value = response.get(key);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function textIn(response: Dictionary, key: string): string | undefined {
  const value = response.get(key);
  return Buffer.isBuffer(value) && value.length > 0 ? responseText(value) : undefined;
}

/** The id of the tracker: a copy, so that the response need not be kept for it. */
function trackerIdIn(response: Dictionary): Uint8Array | undefined {
  const value = response.get('tracker id');
  return Buffer.isBuffer(value) && value.length <= responseLimits.trackerIdBytesMax
    ? Uint8Array.from(value)
    : undefined;
}

function badResponse(what: string): TrackerError {
  return new TrackerError('bad-answer', `not a tracker's response: ${what}`, 'drop');
}
