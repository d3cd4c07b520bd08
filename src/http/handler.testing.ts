/** Requests for tests of handlers, made without a connection. */
import type { HttpRequest } from './handler.ts';

export interface RequestParts {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Instead of `query`, for what is no UTF-8. */
  readonly rawQuery?: string;
  readonly authority?: string;
  readonly body?: string | Uint8Array;
}

/** A request as the connection would hand it to a handler. Header names in lower case. */
export function requestFor(method: string, path: string, parts: RequestParts = {}): HttpRequest {
  const { headers = {}, query = {}, authority = 'localhost:8080', body = '' } = parts;
  const { rawQuery = new URLSearchParams(query).toString() } = parts;
  const bytes = Buffer.from(body);
  return {
    method,
    path,
    rawQuery,
    query: {
      get: (name) => query[name],
      all: (name) => (query[name] === undefined ? [] : [query[name]]),
    },
    headers: { get: (name) => headers[name] },
    authority,
    remoteAddress: '127.0.0.1',
    localAddress: '127.0.0.1',
    ends: { remote: { address: '127.0.0.1', port: 50000 }, local: { address: '127.0.0.1', port: 8080 } },
    contentLength: bytes.length,
    body: (async function* () {
      if (bytes.length > 0) yield bytes;
    })(),
  };
}
