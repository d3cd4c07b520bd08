/**
 * Reads the response to one request (RFC 9112), as strictly as requests are read. Interim responses (1xx) are skipped.
 *
 *   HTTP/1.1 200 OK CRLF Content-Length: 2 CRLF CRLF hi   ->   head, body, end
 */

import type { Observer } from '../../bytes/trace.ts';
import { HttpError } from './errors.ts';
import { responseFraming } from './framing.ts';
import { Input } from './input.ts';
import type { HttpLimits } from './limits.ts';
import { readBody, readFieldSection, readLine, type Source } from './read-parts.ts';
import type { MinorVersion, ResponseEvent, ResponseHead } from './types.ts';

/** A status line (RFC 9112 4): the reason may be empty, the space before it must be there. */
const statusLineForm = /^HTTP\/1\.([0-9]) ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)$/;
const reasonBytesMax = 512; // no program reads it
const statusLineBytesMax = 'HTTP/1.1 200 '.length + reasonBytesMax;

/** One response. */
export class ResponseReader {
  readonly #input = new Input();
  readonly #source: Source;
  readonly #events: Generator<ResponseEvent | null, void>;

  /** Reads the response to a request with `method`: to HEAD no body follows. */
  constructor(method: string, limits: HttpLimits, observe?: Observer) {
    this.#source = { input: this.#input, limits, observe };
    this.#events = this.#readResponse(method);
  }

  /** Adds `chunk`, whose buffer must stay as it is until its bytes have been read. */
  receive(chunk: Buffer): void {
    this.#input.receive(chunk);
  }

  /** Says that the server will send no more. */
  end(): void {
    this.#input.end();
  }

  /** The next event; null when more bytes are needed. After the `end` event there are none. */
  next(): ResponseEvent | null {
    return this.#events.next().value ?? null;
  }

  *#readResponse(method: string): Generator<ResponseEvent | null, void> {
    let head: ResponseHead;
    do head = yield* this.#readHead(method);
    while (head.status < 200);
    yield { kind: 'head', head };
    const trailers = yield* readBody(this.#source, head.framing);
    yield { kind: 'end', trailers };
  }

  *#readHead(method: string): Generator<null, ResponseHead> {
    const line = yield* readLine(this.#input, statusLineBytesMax, badStatusLine);
    const [, minor, code = '', reason = ''] = statusLineForm.exec(line) ?? [];
    if (minor === undefined) throw badStatusLine();
    const minorVersion: MinorVersion = minor === '0' ? 0 : 1;
    const status = Number(code);
    this.#observeStatusLine(`HTTP/1.${minor}`, code, reason);
    const fields = yield* readFieldSection(this.#source);
    return { status, minorVersion, fields, framing: responseFraming({ method, status, minorVersion }, fields) };
  }

  #observeStatusLine(version: string, code: string, reason: string): void {
    const { observe } = this.#source;
    if (observe === undefined) return;
    observe('HTTP-version', version);
    observe('SP', ' ');
    observe('status-code', code);
    observe('SP', ' ');
    observe('reason-phrase', reason);
    observe('CRLF', '\r\n');
  }
}

function badStatusLine(): HttpError {
  return new HttpError('drop', 'bad-status-line', 'the answer does not begin with "HTTP/1.1 STATUS REASON"');
}
