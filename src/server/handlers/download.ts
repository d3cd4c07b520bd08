/**
 * Sends bytes of a torrent, complete or in ranges (RFC 9110 14), every piece verified before a byte of it is sent.
 *
 *     GET /download?file=ID, GET /download?name=NAME, GET /download/ID, GET /download/ID/NAME
 *     GET /download/ID/NAME/PATH, GET /download/ID/NAME.tar: of a torrent of several files, one of them, and all
 */

import { randomBytes } from 'node:crypto';
import type { Handler, HttpRequest, HttpResponse, StreamBody } from '../../http/handler.ts';
import { planByteranges } from '../../protocols/http/content/byteranges.ts';
import { evaluateConditions, ifRangeHolds } from '../../protocols/http/content/conditional.ts';
import { encodeContentDisposition } from '../../protocols/http/content/disposition.ts';
import {
  type ByteRange,
  encodeContentRange,
  encodeUnsatisfiedRange,
  resolveRange,
} from '../../protocols/http/content/ranges.ts';
import { formatHttpDate } from '../../protocols/http/date.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { httpLimits } from '../../protocols/http/limits.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { fetchRange } from '../../storage/fetch/fetch.ts';
import { retryUnreadable } from '../../storage/fetch/last-resort.ts';
import type { ServerContext } from '../context/context.ts';
import { type Content, completeContent, contentAt, extentOf, spanBytes, spansWithin } from '../requests/contents.ts';
import { findById, findFile } from '../requests/find-file.ts';
import { assertReachable, fetchFailure } from '../requests/reachable.ts';

/** Bytes that count as sent together: as many as the connection writes at once. */
const stepBytes = httpLimits.writeBytes;

type Context = Pick<ServerContext, 'catalog' | 'fetch' | 'registry' | 'transfers'>;
type Headers = readonly (readonly [name: string, value: string])[];

/** Makes the handlers of `/download` and `/download/*`. */
export function createDownloadHandler(context: Context): { byQuery: Handler; byPath: Handler } {
  const { catalog, fetch, registry, transfers } = context;
  const respond = (request: HttpRequest, entry: TorrentEntry, content: Content) => {
    const source = { fetch, registry, transfers, entry, content, client: request.remoteAddress };
    if (entry.losses.none) return download(source, request);
    return retryUnreadable(fetch, entry).then(() => download(source, request));
  };
  return {
    byQuery: (request) => {
      const entry = findFile(catalog, request, 'file');
      return respond(request, entry, completeContent(entry.record));
    },
    byPath: (request) => {
      const [, , id = '', ...path] = request.path.split('/');
      const entry = findById(catalog, id);
      const content = contentAt(entry.record, path);
      if (content !== undefined) return respond(request, entry, content);
      throw new HttpError(
        404,
        'no-such-file',
        `${id} is called "${entry.record.name}", and has no "${path.join('/')}"`,
      );
    },
  };
}

/** The content to send, the place that its bytes come from, and the client that they go to. */
interface Source extends Omit<Context, 'catalog'> {
  readonly entry: TorrentEntry;
  readonly content: Content;
  /** The client's address. */
  readonly client: string;
}

/**
 * Responds with content. The conditions come first (RFC 9110 13.2.2): 304 or 412 (15.5.13); then the range: 416
 * (15.5.17).
 */
function download(source: Source, request: HttpRequest): HttpResponse {
  const { content, entry } = source;
  const validators = { etag: content.etag, lastModifiedMs: entry.record.createdMs };
  const headers = representationHeaders(source);
  const outcome = evaluateConditions(request.method, request.headers, validators);
  if (outcome === 'not-modified') return { status: 304, headers, body: null };
  if (outcome === 'precondition-failed') {
    throw new HttpError(412, 'precondition-failed', `the file's entity tag is ${validators.etag}`);
  }
  const wanted = wantedRange(request, content.length, validators);
  if (wanted.kind === 'unsatisfiable') {
    throw new HttpError(416, 'range', `the file has ${content.length} bytes`, {
      headers: [['Content-Range', encodeUnsatisfiedRange(content.length)]],
    });
  }
  if (wanted.kind === 'none') return sendComplete(source, headers);
  assertContentReachable(source, wanted.ranges);
  const [only, ...others] = wanted.ranges as [ByteRange, ...ByteRange[]];
  return others.length === 0 ? oneRange(source, only, headers) : severalRanges(source, wanted.ranges, headers);
}

/**
 * The part that the client asks for: Range is for GET alone, and counts only if If-Range holds (RFC 9110 13.1.5, 14.2).
 */
function wantedRange(request: HttpRequest, length: number, validators: { etag: string; lastModifiedMs: number }) {
  const counts = request.method === 'GET' && ifRangeHolds(request.headers.get('if-range'), validators);
  return resolveRange(counts ? request.headers.get('range') : undefined, length);
}

function representationHeaders({ content, entry }: Source): Headers {
  const { etag, name, sha256 } = content;
  return [
    ['Accept-Ranges', 'bytes'],
    ['ETag', etag],
    ['Last-Modified', formatHttpDate(entry.record.createdMs)],
    ...(sha256 === null ? [] : [['Repr-Digest', encodeDigest(sha256)] as const]),
    ['Content-Disposition', encodeContentDisposition('attachment', name)],
    // Whatever somebody uploaded must never run as a page of ours: nosniff (Fetch 3.6), sandbox (CSP3 6.3.2).
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Security-Policy', "default-src 'none'; sandbox"],
    // The entity tag tells a cache at once whether its copy is still good.
    ['Cache-Control', 'no-cache'],
  ];
}

/** The value of `Repr-Digest` (RFC 9530 3). */
function encodeDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}

function sendComplete(source: Source, headers: Headers): HttpResponse {
  const { length, mediaType } = source.content;
  const all = { start: 0, end: length - 1 };
  assertContentReachable(source, [all]);
  return { status: 200, headers: [...headers, ['Content-Type', mediaType]], body: streamOf(source, length, [all]) };
}

function oneRange(source: Source, range: ByteRange, headers: Headers): HttpResponse {
  const { length, mediaType } = source.content;
  const contentRange = encodeContentRange(range, length);
  return {
    status: 206,
    headers: [...headers, ['Content-Type', mediaType], ['Content-Range', contentRange]],
    body: streamOf(source, range.end - range.start + 1, [range]),
  };
}

function severalRanges(source: Source, ranges: readonly ByteRange[], headers: Headers): HttpResponse {
  const { length, mediaType } = source.content;
  const plan = planByteranges(ranges, length, mediaType, randomBytes(18).toString('hex'));
  const parts = [...plan.parts.flatMap(({ head, range }) => [head, range]), plan.tail];
  const body = streamOf(source, plan.contentLength, parts);
  return { status: 206, headers: [...headers, ['Content-Type', plan.contentType]], body };
}

/** A part of a response: bytes of the content, or text between them. */
type Part = ByteRange | string;

function streamOf(source: Source, length: number, parts: readonly Part[]): StreamBody {
  return { length, chunks: sentBytes(source, length, parts) };
}

/**
 * The bytes of `parts`, counted as a transfer from when the first byte is asked for (for HEAD none is) until nobody
 * asks any more. A step counts as sent when the next one is asked for; a piece has several, or one of 16 MiB would show
 * no progress until its end.
 *
 * A piece may be lost between the look at the catalog and its turn. If that is the first one, the status line has not
 * been sent and 503 still can be; later the connection is cut.
 */
async function* sentBytes(
  source: Source,
  length: number,
  parts: readonly Part[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const { transfers, registry, entry, content, client } = source;
  const file = entry.record.id;
  const transfer = transfers.begin({ kind: 'download', file, name: content.name, peer: client, length });
  try {
    for (const part of parts) {
      for await (const chunk of bytesOf(source, part)) {
        for (let at = 0; at < chunk.length; at += stepBytes) {
          const step = chunk.subarray(at, at + stepBytes);
          yield step;
          transfer.add(step.length);
        }
      }
    }
  } catch (error) {
    throw fetchFailure(registry, entry, error);
  } finally {
    transfer.end();
  }
}

function bytesOf({ fetch, entry, content }: Source, part: Part): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof part === 'string') return [Buffer.from(part)];
  const spans = spansWithin(content.spans, part.start, part.end);
  const { start, end } = extentOf(spans) ?? { start: 0, end: -1 };
  const chunks = fetchRange(fetch, entry, start, end);
  const [first, ...others] = spans;
  // Most downloads are of one span, and small ones feel a generator more.
  if (first !== undefined && 'start' in first && others.length === 0) return chunks;
  return spanBytes(spans, chunks);
}

function assertContentReachable({ registry, entry, content }: Source, ranges: readonly ByteRange[]): void {
  const extents = ranges.flatMap(({ start, end }) => extentOf(spansWithin(content.spans, start, end)) ?? []);
  assertReachable(registry, entry, extents);
}
