/**
 * Values to bytes: heads of requests and responses, and the frame around a chunk. Text is latin1, one character a byte.
 *
 *   HTTP/1.1 200 OK CRLF Date: Sun, 06 Nov 1994 08:49:37 GMT CRLF Content-Length: 2 CRLF CRLF
 *
 * A name or value that would break out of its line is our own mistake, so an assertion: it never reaches the wire.
 */
import { reasonPhrase } from './content/status.ts';
import { formatHttpDate } from './date.ts';
import { isToken } from './fields.ts';

export type FieldList = readonly (readonly [name: string, value: string])[];

/** RFC 9110 5.5: no CR, LF or NUL, and no other control but HTAB. What is above 0xff has no byte. */
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `framing`: finished lines, from `frameResponse`. Date is on every answer (RFC 9110 6.6.1). */
export function encodeResponseHead(status: number, fields: FieldList, framing: string, nowMs: number): string {
  return `${statusLine(status)}${dateLine(nowMs)}${encodeFields(fields)}${framing}\r\n`;
}

export function encodeRequestHead(method: string, target: string, fields: FieldList): string {
  if (!isToken(method) || !/^[!-~]+$/.test(target)) throw new Error(`not a request line: ${method} ${target}`);
  return `${method} ${target} HTTP/1.1\r\n${encodeFields(fields)}\r\n`;
}

export const continueHead = 'HTTP/1.1 100 Continue\r\n\r\n';

/** RFC 9112 7.1: what stands before a chunk of `size` bytes, which must not be 0; CRLF stands after it. */
export function encodeChunkSize(size: number): string {
  return `${size.toString(16)}\r\n`;
}

/** The chunk that ends the content, and no trailers. */
export const lastChunk = '0\r\n\r\n';

function encodeFields(fields: FieldList): string {
  let lines = '';
  for (const [name, value] of fields) {
    if (!isToken(name) || !valueForm.test(value)) throw new Error(`not a field: ${JSON.stringify([name, value])}`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

const statusLines = new Map<number, string>();

/** The client speaks 1.0 or 1.1; the version here is ours (RFC 9110 2.5). */
function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) return known;
  const line = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  statusLines.set(status, line);
  return line;
}

/** The line of the second that was asked for last: it is made once a second, not once an answer. */
let dateOf = { second: -1, line: '' };

function dateLine(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (dateOf.second !== second) dateOf = { second, line: `Date: ${formatHttpDate(nowMs)}\r\n` };
  return dateOf.line;
}
