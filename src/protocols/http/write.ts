/**
 * Values to bytes: heads of requests and responses, and the frame around a chunk. Text is latin1, one character a byte.
 *
 *   HTTP/1.1 200 OK CRLF Date: Sun, 06 Nov 1994 08:49:37 GMT CRLF Content-Length: 2 CRLF CRLF
 *
 * A name or value that would break out of its line is our own mistake, so an assertion: it never reaches the wire.
 */
import { formatHttpDate } from './date.ts';
import { isToken } from './fields.ts';

export type FieldList = readonly (readonly [name: string, value: string])[];

/** RFC 9110 5.5: no CR, LF or NUL, and no other control but HTAB. What is above 0xff has no byte. */
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `framing`: finished lines, from `frameAnswer`. Date is on every answer (RFC 9110 6.6.1). */
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

/** The client speaks 1.0 or 1.1; the version here is ours (RFC 9110 2.5). */
function statusLine(status: number): string {
  return statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`;
}

/** The line of the second that was asked for last: it is made once a second, not once an answer. */
let dateOf = { second: -1, line: '' };

function dateLine(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (dateOf.second !== second) dateOf = { second, line: `Date: ${formatHttpDate(nowMs)}\r\n` };
  return dateOf.line;
}

/** RFC 9110 15, and RFC 6585 (428, 429, 431), RFC 4918 (507). */
export const reasons: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [202, 'Accepted'],
  [204, 'No Content'],
  [205, 'Reset Content'],
  [206, 'Partial Content'],
  [301, 'Moved Permanently'],
  [302, 'Found'],
  [303, 'See Other'],
  [304, 'Not Modified'],
  [307, 'Temporary Redirect'],
  [308, 'Permanent Redirect'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [411, 'Length Required'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [415, 'Unsupported Media Type'],
  [416, 'Range Not Satisfiable'],
  [417, 'Expectation Failed'],
  [421, 'Misdirected Request'],
  [422, 'Unprocessable Content'],
  [428, 'Precondition Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [505, 'HTTP Version Not Supported'],
  [507, 'Insufficient Storage'],
]);

const statusLines: ReadonlyMap<number, string> = new Map(
  [...reasons].map(([status, reason]) => [status, `HTTP/1.1 ${status} ${reason}\r\n`]),
);
