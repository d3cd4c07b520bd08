/**
 * The interface of a handler: one request in, one response out. Handlers know nothing of sockets, framing, keep-alive
 * or HEAD; the connection (`http/connection.ts`) does that for all of them.
 */

import type { SocketEnds } from '../bytes/socket-table.ts';

/** A request whose head has been read and judged valid; its body may still be on the way. */
export interface HttpRequest {
  /** The method as sent, e.g. `GET`; methods are case-sensitive (RFC 9110 9.1). */
  readonly method: string;
  /**
   * The target's path, percent-decoded once, dot segments removed, beginning with `/`; or `*`, which only OPTIONS has.
   */
  readonly path: string;
  /** The text after `?`, undecoded, one character a byte; empty without. */
  readonly rawQuery: string;
  /** Decoded query parameters (UTF-8, `+` is a space); `get` gives the first of a name. */
  readonly query: { get(name: string): string | undefined; all(name: string): readonly string[] };
  /** Field values by lower-case name, one character a byte; repeated fields joined with ", " (RFC 9110 5.3). */
  readonly headers: { get(name: string): string | undefined };
  /** The `host[:port]` that was asked (of the absolute-form target, else of Host; '' for HTTP/1.0 without either). */
  readonly authority: string;
  /** The client's address, e.g. `127.0.0.1`. */
  readonly remoteAddress: string;
  /** Our address that the client connected to, e.g. `127.0.0.1`. */
  readonly localAddress: string;
  /** Both ends of the connection; one object for all its requests. */
  readonly ends: SocketEnds;
  /** The length announced by Content-Length; undefined when chunked; 0 when there is no body. */
  readonly contentLength: number | undefined;
  /**
   * The body's bytes, with framing removed. May be iterated once; a chunk is only valid until the next is asked for.
   * Asking for the first chunk sends `100 Continue` where it is expected. Throws a HttpError for bad framing, a body
   * over the limit (413), one that comes too slowly (408), and for a client that ends its side ('incomplete-message')
   * or leaves ('client-gone') before the end. Whatever the handler responds then, the client is told that error.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A body that is made while it is sent. */
export interface StreamBody {
  /** The total number of bytes; null when not known (sent chunked, or until close to HTTP/1.0). */
  readonly length: number | null;
  /**
   * The bytes. A chunk is only touched until the next one is asked for, so its buffer can be used again then. The head
   * is sent with the first chunk; an empty one sends it at once. If the body throws before, the client is told that
   * error; after, the connection is cut, so that the client sees an incomplete response. If the client leaves,
   * `return()` is called, even while a chunk is being waited for. For HEAD the chunks are never iterated.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /**
   * Whether the body goes on for as long as the client is there. A client that ends its side of the connection, as
   * every other may after its request, is then taken to have left: whether it still reads would only be seen when a
   * chunk is sent, which may be much later.
   */
  readonly endless?: boolean;
}

/** A response. A handler may give the same object many times, but must not change it: its bytes may be cached. */
export interface HttpResponse {
  readonly status: number;
  /** The fields but Date, Content-Length, Transfer-Encoding and Connection, which the connection adds. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The content: a string is sent as UTF-8, bytes must not change, null is none. */
  readonly body: string | Uint8Array | StreamBody | null;
}

/**
 * Responds to a request. A HttpError that it throws is told to the client; anything else is 500, and logged in full.
 */
export type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
