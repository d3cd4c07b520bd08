/**
 * The end of a message's body (RFC 9112 6). There is exactly one reading of every message that is let through: messages
 * that two programs could read differently are refused, so that no byte of one request is ever taken for the next.
 */
import { HttpError } from './errors.ts';
import { type Fields, isToken, trimOws } from './fields.ts';
import type { Framing, MinorVersion } from './types.ts';

const noBody: Framing = { kind: 'length', bytes: 0 };
const chunked: Framing = { kind: 'chunked' };
const untilClose: Framing = { kind: 'until-close' };

/** The framing of a request's body (RFC 9112 6.3): without either field there is none. */
export function requestFraming(fields: Fields, minorVersion: MinorVersion): Framing {
  return codedFraming(fields, minorVersion) ?? lengthFraming(fields) ?? noBody;
}

/**
 * The framing of a response's body (RFC 9112 6.3): some responses have none whatever their fields say; without either
 * field the body ends with the connection.
 */
export function responseFraming(
  response: { readonly method: string; readonly status: number; readonly minorVersion: MinorVersion },
  fields: Fields,
): Framing {
  const framing = codedFraming(fields, response.minorVersion) ?? lengthFraming(fields) ?? untilClose;
  return hasNoContent(response.method, response.status) ? noBody : framing;
}

/** Whether anything can follow the head. */
export function hasBody(framing: Framing): boolean {
  return framing.kind !== 'length' || framing.bytes > 0;
}

/** Whether a response has no content: to HEAD, 1xx, 204 and 304 (RFC 9110 6.4.1). */
export function hasNoContent(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** The framing by Transfer-Encoding (RFC 9112 6.1); undefined without that field. */
function codedFraming(fields: Fields, minorVersion: MinorVersion): Framing | undefined {
  const value = fields.get('transfer-encoding');
  if (value === undefined) return undefined;
  if (fields.has('content-length')) throw badFraming('both Transfer-Encoding and Content-Length (RFC 9112 6.1)');
  if (minorVersion === 0) throw badFraming('Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1)');
  const codings = value.split(',').map((coding) => trimOws(coding).toLowerCase());
  // RFC 9110 5.6.1 would have empty elements ignored, and a coding may have parameters; nobody sends either but to be
  // misread by somebody.
  if (!codings.every(isToken)) throw badFraming('a Transfer-Encoding that is not a list of plain names');
  if (codings.indexOf('chunked') !== codings.length - 1) {
    throw badFraming('a Transfer-Encoding in which "chunked" is not the last and only one (RFC 9112 6.3)');
  }
  if (codings.length > 1)
    throw new HttpError(501, 'transfer-coding', 'no transfer coding but "chunked" is implemented');
  return chunked;
}

/**
 * The framing by Content-Length (RFC 9110 8.6): digits, once. A list, even of equal numbers, and a number that is not
 * exact in a double are refused.
 */
function lengthFraming(fields: Fields): Framing | undefined {
  const value = fields.get('content-length');
  if (value === undefined) return undefined;
  if (!/^[0-9]+$/.test(value)) throw badFraming('a Content-Length that is not one decimal number (RFC 9112 6.3)');
  const bytes = Number(value);
  if (bytes > Number.MAX_SAFE_INTEGER) throw badFraming('a Content-Length above 2^53 - 1');
  return bytes === 0 ? noBody : { kind: 'length', bytes };
}

function badFraming(what: string): HttpError {
  return new HttpError(400, 'bad-framing', `the message has ${what}`);
}
