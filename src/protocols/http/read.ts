/**
 * Reads requests off a connection's bytes (RFC 9112). Owns the order of the parts and the rules that need more than one
 * of them; knows nothing of sockets, responses and time.
 *
 *   reader.receive(Buffer.from('POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhiGET'))
 *   reader.next()   { kind: 'head', head: { method: 'POST', path: '/upload', ... } }
 *   reader.next()   { kind: 'body', bytes: 'hi' }
 *   reader.next()   { kind: 'end', trailers }
 *   reader.next()   null: more bytes are needed
 *
 * The reader reads no further than it is asked to, so the bytes of a pipelined request wait until the request before is
 * answered.
 */
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import type { Observer } from '../../bytes/trace.ts';
import { HttpError } from './errors.ts';
import type { Fields } from './fields.ts';
import { hasBody, requestFraming } from './framing.ts';
import { isAuthority } from './host.ts';
import { Input } from './input.ts';
import type { HttpLimits } from './limits.ts';
import { noFields, readBody, readFieldSection, type Source } from './read-parts.ts';
import { overlongRequestLine, parseRequestLine, requestLineBytesMax } from './request-line.ts';
import { parseTarget, type TakesRawQuery } from './target.ts';
import type { MinorVersion, RequestEvent } from './types.ts';

export interface RequestReaderOptions {
  readonly observe?: Observer | undefined;
  /** No path takes a raw query when this is not given. */
  readonly takesRawQuery?: TakesRawQuery;
  /** Memory for chunks that have to wait, shared by the readers of a listener (`createCopyPool`). */
  readonly copies?: BufferPool;
}

/** The requests of one connection, in the order they came. */
export class RequestReader {
  readonly #input: Input;
  readonly #source: Source;
  readonly #events: Generator<RequestEvent | null, void>;
  readonly #lineBytesMax: number;
  readonly #lineTooLong: (start: string) => HttpError;
  readonly #takesRawQuery: TakesRawQuery;
  #between = true;
  #emptyLines = 0;
  /** The last valid Host. Most requests of a connection have the same one, so that is judged once. */
  #lastHost: string | null = null;

  constructor(limits: HttpLimits, { observe, takesRawQuery = () => false, copies }: RequestReaderOptions = {}) {
    this.#input = new Input(copies);
    this.#takesRawQuery = takesRawQuery;
    this.#source = { input: this.#input, limits, observe };
    this.#lineBytesMax = requestLineBytesMax(limits);
    this.#lineTooLong = (start) => overlongRequestLine(start, limits);
    this.#events = this.#readRequests();
  }

  /** Adds `chunk`, whose buffer must stay as it is until its bytes have been read, or `keep` is called. */
  receive(chunk: Buffer): void {
    this.#input.receive(chunk);
  }

  /** Copies what has not been read, so that the buffer in which it came can be used again. */
  keep(): void {
    this.#input.keep();
  }

  /** Says that the client will send no more. */
  end(): void {
    this.#input.end();
  }

  /** The next event; null when more bytes are needed, or when all has been read and the client sends no more. */
  next(): RequestEvent | null {
    return this.#events.next().value ?? null;
  }

  /** Whether nothing of a further request has been read. */
  get idle(): boolean {
    return this.#between && !this.#input.midLine;
  }

  /** Bytes received and not yet read. */
  get waiting(): number {
    return this.#input.waiting;
  }

  *#readRequests(): Generator<RequestEvent | null, void> {
    const { limits, observe } = this.#source;
    for (;;) {
      this.#between = true;
      this.#emptyLines = 0;
      let line = this.#takeRequestLine();
      for (; line === null; line = this.#takeRequestLine()) yield null;
      if (line === undefined) return;
      this.#between = false;
      const { method, target, minorVersion } = parseRequestLine(line, limits, observe);
      const { path, rawQuery, authority } = parseTarget(method, target, this.#takesRawQuery);
      const fields = yield* readFieldSection(this.#source);
      const host = this.#readHost(fields, minorVersion);
      const framing = requestFraming(fields, minorVersion);
      const head = { method, path, rawQuery, authority: authority ?? host, minorVersion, fields, framing };
      yield { kind: 'head', head };
      const trailers = hasBody(framing) ? yield* readBody(this.#source, framing) : noFields;
      yield { kind: 'end', trailers };
    }
  }

  /**
   * The next request line; null while it has not come, undefined when the connection ends before it. Some empty lines
   * before a request line are skipped (RFC 9112 2.2).
   */
  #takeRequestLine(): string | null | undefined {
    const { limits, observe } = this.#source;
    while (!this.#input.exhausted) {
      const line = this.#input.takeLine(this.#lineBytesMax, this.#lineTooLong);
      if (line !== '') return line;
      this.#emptyLines += 1;
      if (this.#emptyLines > limits.leadingEmptyLines) throw tooManyEmptyLines();
      observe?.('CRLF', '\r\n');
    }
    return undefined;
  }

  /**
   * The value of Host. HTTP/1.1 has exactly one valid Host, even where an absolute-form target overrides it; HTTP/1.0
   * at most one (RFC 9112 3.2). The host of an http URI is not empty (RFC 9110 4.2.1).
   */
  #readHost(fields: Fields, minorVersion: MinorVersion): string {
    const host = fields.get('host');
    if (host === undefined && minorVersion === 0) return '';
    if (host === undefined) throw new HttpError(400, 'no-host', 'the Host field is missing (RFC 9112 3.2)');
    // A repeated Host was joined by ", ", which no valid one holds.
    if (host !== this.#lastHost && !isAuthority(host)) {
      throw new HttpError(400, 'bad-host', 'the Host field is not one "host" or "host:port"');
    }
    this.#lastHost = host;
    return host;
  }
}

function tooManyEmptyLines(): HttpError {
  return new HttpError(400, 'bad-request-line', 'there are too many empty lines before the request line');
}
