/**
 * Values to bytes: heads of requests and responses, and the frame around a chunk. Text is latin1, one character a byte.
 *
 *   HTTP/1.1 200 OK CRLF Date: Sun, 06 Nov 1994 08:49:37 GMT CRLF Content-Length: 2 CRLF CRLF
 *
 * A name or value that would break out of its line is our own mistake, so an assertion stops it before the wire.
 */
import { knownStatuses, reasonPhrase } from './content/status.ts';
import { formatHttpDate } from './date.ts';
import { isToken } from './fields.ts';

/** Fields in the order they are written. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** The form of a value (RFC 9110 5.5): no control character but HTAB, and nothing above 0xff, which has no byte. */
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The head of a response: status line, `dateLine` (of `DateLines`; every response has one, RFC 9110 6.6.1), `fields`,
 * and the lines of `frameResponse`.
 */
export function encodeResponseHead(status: number, fields: FieldList, framing: string, dateLine: string): string {
  return `${statusLine(status)}${dateLine}${encodeFields(fields)}${framing}\r\n`;
}

/** The head of a request by HTTP/1.1, with all its fields. */
export function encodeRequestHead(method: string, target: string, fields: FieldList): string {
  if (!isToken(method) || !/^[!-~]+$/.test(target)) throw new Error(`not a request line: ${method} ${target}`);
  return `${method} ${target} HTTP/1.1\r\n${encodeFields(fields)}\r\n`;
}

/** The interim response that asks for the body (RFC 9110 15.2.1). */
export const continueHead = 'HTTP/1.1 100 Continue\r\n\r\n';

/** The line before a chunk of `size` bytes (RFC 9112 7.1), which must not be 0: that would be the last chunk. */
export function encodeChunkSize(size: number): string {
  return `${size.toString(16)}\r\n`;
}

/** The line break after a chunk (RFC 9112 7.1). */
export const chunkEnd = '\r\n';

/** The chunk that ends the content, without trailers (RFC 9112 7.1). */
export const lastChunk = '0\r\n\r\n';

function encodeFields(fields: FieldList): string {
  let lines = '';
  for (const [name, value] of fields) {
    if (!isToken(name) || !valueForm.test(value)) throw new Error(`not a field: ${JSON.stringify([name, value])}`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** The line of each status, with our version, whichever the client speaks (RFC 9110 2.5). */
const statusLines: ReadonlyMap<number, string> = new Map(
  knownStatuses.map((status) => [status, `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`]),
);

function statusLine(status: number): string {
  const line = statusLines.get(status);
  if (line === undefined) throw new RangeError(`no status line for ${status}`);
  return line;
}

/** Makes the field line of Date; remembers the last one, so that it is made once a second, not once a response. */
export class DateLines {
  #second = -1;
  #line = '';

  /** The line for the time `nowMs`, in milliseconds since the epoch. */
  at(nowMs: number): string {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = `Date: ${formatHttpDate(nowMs)}\r\n`;
    }
    return this.#line;
  }
}
