/**
 * Request targets (RFC 9112 3.2): from the second word of the request line to a path, a query and perhaps an authority.
 *
 *   GET  /a%20b/../c?d=e            origin-form     path `/c`, rawQuery `d=e`
 *   GET  http://localhost:8080/c    absolute-form   path `/c`, authority `localhost:8080`
 *   OPTIONS *                       asterisk-form   path `*`
 */
import { HttpError } from './errors.ts';
import { isAuthority } from './host.ts';

export interface Target {
  /** The path, decoded once, dot segments removed; begins with `/`, or is `*`. */
  readonly path: string;
  /** The text after `?`, as it came. */
  readonly rawQuery: string;
  /** The authority of an absolute-form target, which overrides Host (RFC 9112 3.2.2); null for the other forms. */
  readonly authority: string | null;
}

/** A path: segments of pchar (RFC 3986 3.3). */
const pathForm = /^\/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/;
/** A query (RFC 3986 3.4), with `[ ] { } | \ ^` and the backtick, which browsers leave as they are (WHATWG URL). */
const queryForm = /^(?:[\w.~!$&'()*+,;=:@/?[\]{}|\\^`-]|%[0-9A-Fa-f]{2})*$/;
const absoluteForm = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/(?<authority>[^/?#]*)(?<rest>.*)$/;

/**
 * Whether the handler of a path takes any bytes in its query, and judges them itself: trackers (BEP 3) get raw bytes
 * there, which clients escape as each sees fit. The path is the one of the target, before percent-decoding.
 */
export type TakesRawQuery = (rawPath: string) => boolean;

/** Parses the target of a request line. Throws HttpError 400, 421 (another scheme) or 501 (CONNECT). */
export function parseTarget(method: string, target: string, takesRawQuery: TakesRawQuery): Target {
  if (method === 'CONNECT') throw refuseConnect(target);
  if (target.startsWith('/')) return parseOriginForm(target, null, takesRawQuery);
  if (target === '*') return parseAsteriskForm(method);
  const parts = absoluteForm.exec(target)?.groups;
  if (parts === undefined) throw badTarget('is in none of the forms of RFC 9112 3.2');
  const { scheme = '', authority = '', rest = '' } = parts;
  refuseScheme(scheme.toLowerCase());
  if (!isAuthority(authority)) throw badTarget('has an invalid host or port (RFC 9110 4.2)');
  return parseOriginForm(rest.startsWith('/') ? rest : `/${rest}`, authority, takesRawQuery);
}

function parseOriginForm(target: string, authority: string | null, takesRawQuery: TakesRawQuery): Target {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
  if (!pathForm.test(rawPath))
    throw badTarget('has a path with a character that must be percent-encoded (RFC 3986 3.3)');
  if (mark >= 0 && !queryForm.test(rawQuery) && !takesRawQuery(rawPath))
    throw badTarget('has a query with a character that must be percent-encoded');
  return { path: removeDotSegments(decodePath(rawPath)), rawQuery, authority };
}

/** Parses `*`, which is for OPTIONS only (RFC 9112 3.2.4). */
function parseAsteriskForm(method: string): Target {
  if (method !== 'OPTIONS') throw badTarget('is "*", which only OPTIONS takes (RFC 9112 3.2.4)');
  return { path: '*', rawQuery: '', authority: null };
}

/**
 * The error for CONNECT, which takes `host:port` (RFC 9112 3.2.3): 400 for another form, else 501, as we are no proxy.
 */
function refuseConnect(target: string): HttpError {
  if (!isAuthority(target) || !/:[0-9]+$/.test(target))
    return badTarget('of CONNECT must be host:port (RFC 9112 3.2.3)');
  return new HttpError(501, 'method', 'this server is no proxy: CONNECT is not implemented');
}

/** Throws HttpError 421 for a scheme that this connection does not speak (RFC 9110 7.4, 15.5.20). */
function refuseScheme(scheme: string): void {
  if (scheme === 'http') return;
  if (scheme === 'https') throw new HttpError(421, 'scheme', 'https was asked for on a connection without TLS');
  throw badTarget('has a scheme other than http');
}

/**
 * The path, percent-decoded once. An encoded `/` or `\` is refused rather than decoded: a segment that holds a
 * separator could not be told from two segments, and no name of ours has one.
 */
function decodePath(rawPath: string): string {
  if (!rawPath.includes('%')) return rawPath;
  if (/%(?:2f|5c)/i.test(rawPath)) throw badTarget('has an encoded "/" or "\\" in its path');
  const path = decodeUtf8(rawPath);
  if (path === undefined) throw badTarget('has a path that is not valid UTF-8');
  if (/[\x00-\x1f\x7f]/.test(path)) throw badTarget('has a control character in its path');
  return path;
}

/** A path that begins with `/`, without dot segments (RFC 3986 5.2.4). No path leaves the root: `/../a` is `/a`. */
function removeDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const [index, segment] of segments.entries()) {
    const dots = segment === '.' || segment === '..';
    if (segment === '..' && kept.length > 1) kept.pop();
    if (!dots) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return kept.join('/');
}

/** Decodes the percent-encoding of `text`, whose form was checked; undefined when the bytes are not UTF-8. */
export function decodeUtf8(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // URIError: it says no more than that
  }
}

function badTarget(fault: string): HttpError {
  return new HttpError(400, 'bad-target', `the request target ${fault}`);
}
