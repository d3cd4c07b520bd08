/**
 * The tracker over HTTP: `GET /announce` (BEP 3, 7, 23, 24) and `GET /scrape` (BEP 48).
 *
 *     curl 'http://localhost:8080/announce?info_hash=%12…&peer_id=-XX0001-abcdefghijkl&port=6881&left=0'
 *
 * A refusal is told as bencode with status 200: clients read nothing else.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import { ipBytes } from '../../bytes/ip.ts';
import { observerOf, type Traces } from '../../bytes/trace.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import { observeBencode } from '../../protocols/bencode/trace.ts';
import { parseAnnounceQuery, parseScrapeQuery } from '../../protocols/tracker/http/read.ts';
import {
  encodeCompactAnnounce,
  encodeDictionaryAnnounce,
  encodeFailure,
  encodeScrape,
} from '../../protocols/tracker/http/write.ts';
import type { SwarmCounts } from '../../protocols/tracker/types.ts';
import type { DomainContext } from '../context/context.ts';
import { countOutcome, type TrackerOutcomes } from '../context/tracker-counters.ts';

type Context = Pick<DomainContext, 'tracker' | 'counters'> & { readonly traces?: Traces | undefined };

/** Makes the handlers of `/announce` and `/scrape`. */
export function createTrackerHandlers(context: Context): Record<'announce' | 'scrape', Handler> {
  const { announces, scrapes } = context.counters.tracker;
  return {
    announce: (request) => respond(context, announces.http, request, announce),
    scrape: (request) => respond(context, scrapes.http, request, scrape),
  };
}

function announce({ tracker, traces }: Context, request: HttpRequest): Buffer {
  const query = parseAnnounceQuery(request.rawQuery, observerOf(traces?.tracker, request.remoteAddress, '>'));
  const address = ipBytes(request.remoteAddress);
  const found = tracker.announce(query, { address, localAddress: ipBytes(request.localAddress) });
  return query.compact ? encodeCompactAnnounce(found, address) : encodeDictionaryAnnounce(found, address);
}

function scrape({ tracker, traces }: Context, request: HttpRequest): Buffer {
  const localAddress = ipBytes(request.localAddress);
  const files = new Map<TorrentId, SwarmCounts>();
  const observe = observerOf(traces?.tracker, request.remoteAddress, '>');
  for (const infoHash of parseScrapeQuery(request.rawQuery, observe)) {
    const counts = tracker.scrape(infoHash, localAddress);
    if (counts !== undefined) files.set(infoHash, counts);
  }
  return encodeScrape(files);
}

function respond(
  context: Context,
  outcomes: TrackerOutcomes,
  request: HttpRequest,
  make: (context: Context, request: HttpRequest) => Buffer,
): HttpResponse {
  const body = countOutcome(
    outcomes,
    () => make(context, request),
    (error) => encodeFailure(error.message),
  );
  const observe = observerOf(context.traces?.tracker, request.remoteAddress, '<');
  if (observe !== undefined) observeBencode(body, observe);
  return bencode(body);
}

/** The fields of every response; nosniff, since the bytes are partly of strangers' choosing. */
const headers = [
  ['Content-Type', 'text/plain'],
  ['X-Content-Type-Options', 'nosniff'],
] as const;

function bencode(body: Buffer): HttpResponse {
  return { status: 200, headers, body };
}
