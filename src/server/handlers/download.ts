/**
 * DownloadHandler: a file's bytes, whole or in ranges, every piece verified before a byte of it is sent.
 *
 *     GET /download?file=ID, GET /download?name=NAME, GET /download/ID, GET /download/ID/NAME
 */
import { randomBytes } from 'node:crypto';
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
import { PieceUnavailable } from '../../swarm/fetch.ts';
import { fetchRange, piecesOf } from '../../swarm/fetch-range.ts';
import type { FileEntry } from '../../swarm/file-entry.ts';
import type { ServerContext } from '../context.ts';
import type { Handler, HttpRequest, HttpResponse, StreamBody } from '../exchange.ts';
import { findById, findFile } from '../find-file.ts';
import { explainMissing } from '../missing-pieces.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/** A piece may come back at any time: worth another try soon. */
const retryAfterSeconds = '5';

/** What a download needs of the server. */
type Source = Pick<ServerContext, 'fetch' | 'registry'>;

export function createDownloadHandler(context: ServerContext): { byQuery: Handler; byPath: Handler } {
  const { catalog } = context;
  return {
    byQuery: (request) => download(context, request, findFile(catalog, request, 'file')),
    byPath: (request) => {
      const [, , id = '', name, ...rest] = request.path.split('/');
      const entry = findById(catalog, id);
      if ((name !== undefined && name !== entry.record.name) || rest.length > 0) {
        throw new HttpError(404, 'no-such-file', `${id} is called "${entry.record.name}"`);
      }
      return download(context, request, entry);
    },
  };
}

function download(source: Source, request: HttpRequest, entry: FileEntry): HttpResponse {
  const validators = { etag: `"${entry.record.id}"`, lastModifiedMs: entry.record.createdMs };
  const headers = representationHeaders(entry, validators);
  const outcome = evaluateConditions(request.method, request.headers, validators);
  if (outcome === 'not-modified') return { status: 304, headers, body: null };
  if (outcome === 'precondition-failed') {
    throw new HttpError(412, 'precondition-failed', `the file's entity tag is ${validators.etag}`);
  }
  const wanted = wantedRange(request, entry, validators);
  if (wanted.kind === 'unsatisfiable') {
    throw new HttpError(416, 'range', `the file has ${entry.record.length} bytes`, {
      headers: [['Content-Range', encodeUnsatisfiedRange(entry.record.length)]],
    });
  }
  if (wanted.kind === 'none') return wholeFile(source, entry, headers);
  assertReachable(source, entry, wanted.ranges);
  const [only, ...others] = wanted.ranges as [ByteRange, ...ByteRange[]];
  return others.length === 0
    ? oneRange(source, entry, only, headers)
    : severalRanges(source, entry, wanted.ranges, headers);
}

/** RFC 9110 14.2: Range is for GET alone, and counts only when If-Range agrees. */
function wantedRange(request: HttpRequest, entry: FileEntry, validators: { etag: string; lastModifiedMs: number }) {
  const counts = request.method === 'GET' && ifRangeHolds(request.headers.get('if-range'), validators);
  return resolveRange(counts ? request.headers.get('range') : undefined, entry.record.length);
}

const contentType = 'application/octet-stream';

function representationHeaders({ record }: FileEntry, { etag }: { etag: string }): Headers {
  return [
    ['Accept-Ranges', 'bytes'],
    ['ETag', etag],
    ['Last-Modified', formatHttpDate(record.createdMs)],
    ['Repr-Digest', `sha-256=:${Buffer.from(record.sha256, 'hex').toString('base64')}:`], // RFC 9530 3
    ['Content-Disposition', encodeContentDisposition('attachment', record.name)],
    // Whatever somebody uploaded, it must never run as a page of ours.
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Security-Policy', "default-src 'none'; sandbox"],
    // Others on this machine share a browser's cache with us; the tag tells in no time whether it is still good.
    ['Cache-Control', 'no-cache'],
  ];
}

function wholeFile(source: Source, entry: FileEntry, headers: Headers): HttpResponse {
  const { length } = entry.record;
  const whole = { start: 0, end: length - 1 };
  if (length > 0) assertReachable(source, entry, [whole]);
  const chunks = length === 0 ? nothing() : verifiedBytes(source, entry, whole);
  return { status: 200, headers: [...headers, ['Content-Type', contentType]], body: { length, chunks } };
}

function oneRange(source: Source, entry: FileEntry, range: ByteRange, headers: Headers): HttpResponse {
  return {
    status: 206,
    headers: [
      ...headers,
      ['Content-Type', contentType],
      ['Content-Range', encodeContentRange(range, entry.record.length)],
    ],
    body: { length: range.end - range.start + 1, chunks: verifiedBytes(source, entry, range) },
  };
}

function severalRanges(source: Source, entry: FileEntry, ranges: readonly ByteRange[], headers: Headers): HttpResponse {
  const plan = planByteranges(ranges, entry.record.length, contentType, randomBytes(18).toString('hex'));
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (const { head, range } of plan.parts) {
      yield Buffer.from(head);
      yield* verifiedBytes(source, entry, range);
    }
    yield Buffer.from(plan.tail);
  };
  const body: StreamBody = { length: plan.contentLength, chunks: chunks() };
  return { status: 206, headers: [...headers, ['Content-Type', plan.contentType]], body };
}

/**
 * A piece may be lost between the look at the catalog and its turn. If that is the first one, the status line has not
 * been sent and 503 still can be; later the connection is cut.
 */
async function* verifiedBytes(
  source: Source,
  entry: FileEntry,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* fetchRange(source.fetch, entry, start, end);
  } catch (error) {
    if (error instanceof PieceUnavailable) throw piecesMissing(source, entry, [error.part], error);
    throw error;
  }
}

/**
 * Before the status line it is known that somebody has every needed piece (DESIGN 5); else 503, naming those nobody
 * has.
 */
function assertReachable(source: Source, entry: FileEntry, ranges: readonly ByteRange[]): void {
  const missing = new Set<number>();
  for (const { start, end } of ranges) {
    const { first, last } = piecesOf(entry, start, end);
    for (const part of entry.missing(first, last)) missing.add(part);
  }
  if (missing.size > 0) throw piecesMissing(source, entry, [...missing]);
}

function piecesMissing({ registry }: Source, entry: FileEntry, parts: readonly number[], cause?: unknown): HttpError {
  const message = explainMissing(entry, parts, registry.all());
  return new HttpError(503, 'pieces-missing', message, { cause, headers: [['Retry-After', retryAfterSeconds]] });
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An empty file.
}
