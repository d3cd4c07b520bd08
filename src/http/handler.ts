/**
 * What a handler sees: one request in, one response out. Handlers know nothing of sockets, framing, keep-alive or HEAD;
 * the connection (`http/connection.ts`) does that for all of them.
 */

/** A request whose head has been read and judged valid; its body may still be on the way. */
export interface HttpRequest {
  /** As sent, e.g. `GET`; methods are case-sensitive (RFC 9110 9.1). */
  readonly method: string;
  /**
   * The target's path, percent-decoded once, dot segments removed, beginning with `/`; or `*`, which only OPTIONS has.
   */
  readonly path: string;
  /** What followed `?`, undecoded, one character a byte; empty without. */
  readonly rawQuery: string;
  /** Decoded query parameters (UTF-8, `+` is a space); the first of a name by `get`. */
  readonly query: { get(name: string): string | undefined; all(name: string): readonly string[] };
  /** Field values by lower-case name, one character a byte; repeated fields joined with ", " (RFC 9110 5.3). */
  readonly headers: { get(name: string): string | undefined };
  /** `host[:port]` that the request came to (from the absolute-form target, else Host; '' for HTTP/1.0 without). */
  readonly authority: string;
  /** The client's address, e.g. `127.0.0.1`. */
  readonly remoteAddress: string;
  /** The address of ours that the client connected to, e.g. `127.0.0.1`. */
  readonly localAddress: string;
  /** Length announced by Content-Length; undefined when chunked; 0 when there is no body. */
  readonly contentLength: number | undefined;
  /**
   * The body's bytes, with framing removed. May be iterated once; a chunk is only valid until the next is asked for.
   * Asking for the first chunk sends `100 Continue` where it is expected. Throws a HttpError for bad framing, a body
   * over the limit (413), one that comes too slowly (408), and for a client that ends its side ('incomplete-message')
   * or leaves ('client-gone') before the end. Whatever the handler answers then, the client is told that error.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A body that is made while it is sent. */
export interface StreamBody {
  /** Total bytes, or null when not known (sent chunked, or until close to HTTP/1.0). */
  readonly length: number | null;
  /**
   * A chunk is only touched until the next one is asked for, so its buffer can be used again then. The head is sent
   * with the first chunk; an empty one sends it at once. If the body throws before, that error is answered; after, the
   * connection is cut, so that the client sees an incomplete answer. If the client leaves, `return()` is called, even
   * while a chunk is being waited for. For HEAD it is never iterated.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /**
   * It goes on for as long as the client is there. So one that ends its side, as every other may once it has asked, is
   * taken to have left: whether it still reads would only be seen when a chunk is sent, which may be much later.
   */
  readonly endless?: boolean;
}

/** A handler may give the same object again and again, but must not change it then: its bytes may have been kept. */
export interface HttpResponse {
  readonly status: number;
  /** Without Date, Content-Length, Transfer-Encoding and Connection: the connection adds those. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A string is sent as UTF-8. Bytes must stay as they are. */
  readonly body: string | Uint8Array | StreamBody | null;
}

/** May throw a HttpError (answered with its status and message) or anything else (answered with 500, logged whole). */
export type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
