/**
 * The first line of a request (RFC 9112 3): `method SP request-target SP HTTP-version`. Single spaces, nothing around.
 *
 *   GET /files?q=a HTTP/1.1
 */

import type { Observer } from '../../bytes/trace.ts';
import { HttpError } from './errors.ts';
import type { HttpLimits } from './limits.ts';
import type { MinorVersion } from './types.ts';

export interface RequestLine {
  readonly method: string;
  /** The target, of which only the length was checked; without spaces and control characters. */
  readonly target: string;
  readonly minorVersion: MinorVersion;
}

/** A request line, whose method is a token (RFC 9110 9.1). */
const lineForm = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP\/([0-9])\.([0-9])$/;
/** The number of bytes in `lineForm` besides method and target. */
const otherBytes = ' '.length + ' HTTP/1.1'.length;

/** The longest line that can be a valid one. */
export function requestLineBytesMax(limits: HttpLimits): number {
  return limits.methodBytes + limits.targetBytes + otherBytes;
}

/** Parses the line, without its CRLF. Throws HttpError 400, 414, 501 or 505. */
export function parseRequestLine(line: string, limits: HttpLimits, observe: Observer | undefined): RequestLine {
  const parts = lineForm.exec(line);
  if (parts === null) throw new HttpError(400, 'bad-request-line', 'the request line is not "METHOD TARGET HTTP/1.1"');
  const [, method = '', target = '', major = '', minor = ''] = parts;
  refuseVersion(major);
  if (method.length > limits.methodBytes) throw overlongMethod();
  if (target.length > limits.targetBytes) throw overlongTarget(limits);
  if (observe !== undefined) observeRequestLine({ method, target, version: `HTTP/${major}.${minor}` }, observe);
  return { method, target, minorVersion: minor === '0' ? 0 : 1 };
}

/** The error for a line that is too long to be waited for, by what it starts with (RFC 9112 3). */
export function overlongRequestLine(start: string, limits: HttpLimits): HttpError {
  const method = start.slice(0, limits.methodBytes + 1);
  return method.includes(' ') ? overlongTarget(limits) : overlongMethod();
}

/** Throws HttpError 505 (RFC 9110 15.6.6) for a version other than 1.x. */
function refuseVersion(major: string): void {
  if (major !== '1') throw new HttpError(505, 'version', 'this server speaks HTTP/1.1');
}

/** The error for a method that is longer than any that is implemented (RFC 9112 3). */
function overlongMethod(): HttpError {
  return new HttpError(501, 'method', 'the method is longer than any this server knows');
}

/** The error for a target over the limit (RFC 9110 15.5.15). */
function overlongTarget(limits: HttpLimits): HttpError {
  return new HttpError(414, 'long-target', `the request target is longer than ${limits.targetBytes} bytes`);
}

function observeRequestLine(line: { method: string; target: string; version: string }, observe: Observer): void {
  observe('method', line.method);
  observe('SP', ' ');
  observe('request-target', line.target);
  observe('SP', ' ');
  observe('HTTP-version', line.version);
  observe('CRLF', '\r\n');
}
