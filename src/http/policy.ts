/**
 * The defences of a server on localhost: it is attacked through its user's browser (DESIGN 3). Pure; asked once for
 * every request, before any handler.
 *
 * - DNS rebinding: a page of `evil.example` whose name now points to 127.0.0.1 sends that in `Host`. Refused: 421.
 * - Cross-site writes: a foreign page posts a form to us. `Origin` and `Sec-Fetch-Site` say so. Refused: 403.
 * - Bound to more than loopback, strangers reach us without any browser: changes need the token. Refused: 401.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { hostOf } from '../bytes/host.ts';
import { parseCredentials } from '../protocols/http/content/credentials.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest } from './exchange.ts';

export interface Policy {
  /** Host names to answer to besides IP literals, `localhost` and `*.localhost`; lower-case. */
  readonly allowedHosts: readonly string[];
  /** What `Authorization` must show with changes; null when only this machine can reach us. */
  readonly token: string | null;
}

/** Methods that change nothing (RFC 9110 9.2.1): a foreign page may send them, it cannot read the answers. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** What throws the HttpError that `policy` demands of a request, if it does. */
export function policyCheck(policy: Policy): (request: HttpRequest) => void {
  /** Nearly all requests come to one name: it is looked at once. */
  let accepted: string | undefined;
  return (request) => {
    if (request.authority !== accepted) {
      checkHost(request.authority, policy.allowedHosts);
      accepted = request.authority;
    }
    if (safeMethods.has(request.method)) return;
    checkSameOrigin(request);
    if (policy.token !== null) checkToken(request.headers.get('authorization'), policy.token);
  };
}

function checkHost(authority: string, allowed: readonly string[]): void {
  const host = foldedHostOf(authority);
  // HTTP/1.0 knows requests without Host. No browser sends them.
  if (host === '' || isIpLiteral(host) || host === 'localhost' || host.endsWith('.localhost')) return;
  if (allowed.includes(host)) return;
  const message = `this server does not answer for "${host}"; names it should answer for belong in http.allowed_hosts`;
  throw new HttpError(421, 'foreign-host', message);
}

/** Without the port, lower-case, without the final dot of a fully qualified name. */
function foldedHostOf(authority: string): string {
  return hostOf(authority).replace(/\.$/, '').toLowerCase();
}

/** A name cannot be all digits and dots, nor hold a colon: what looks like an address is one, and cannot be rebound. */
function isIpLiteral(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || (host.startsWith('[') && host.endsWith(']'));
}

/** Throws HttpError 403 for what a page of somebody else asks for; curl, which sends neither field, is let in. */
export function checkSameOrigin(request: HttpRequest): void {
  const site = request.headers.get('sec-fetch-site');
  // `same-site` is not enough: another port of localhost is the same site (and somebody else's program).
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new HttpError(403, 'cross-site', `a page of another site asked for this (Sec-Fetch-Site: ${site})`);
  }
  const origin = request.headers.get('origin');
  if (origin !== undefined && !isOwnOrigin(origin, request.authority)) {
    throw new HttpError(403, 'foreign-origin', `a page of another origin asked for this (Origin: ${origin})`);
  }
}

/** `https` as well: a proxy in front of us may speak it. */
function isOwnOrigin(origin: string, authority: string): boolean {
  const own = authority.toLowerCase();
  const claimed = origin.toLowerCase();
  return claimed === `http://${own.replace(/:80$/, '')}` || claimed === `https://${own.replace(/:443$/, '')}`;
}

/**
 * By itself, or as the password of any user, for which browsers ask, with scripts off too. Like a cookie they send it
 * again unasked, also where a foreign page makes them post to us. That opens no hole: such a request was refused before
 * it came here. Its `Origin`, sent with every method but GET and HEAD (Fetch 3.2), is that page's or `null`.
 * (`Sec-Fetch-Site` would not do: browsers leave it out towards addresses of a LAN without TLS.)
 */
function checkToken(authorization: string | undefined, token: string): void {
  const shown = shownToken(authorization);
  if (shown !== undefined && timingSafeEqual(digest(shown), digest(token))) return;
  const message =
    'this server can be reached from other machines: changes need its token, as "Authorization: Bearer", or as the ' +
    'password of any user';
  throw new HttpError(401, 'token-needed', message, { headers: challenges });
}

/** Two fields, since a list in one is misread by some clients: a challenge has commas of its own (RFC 9110 11.6.1). */
const challenges = [
  ['WWW-Authenticate', 'Bearer realm="rivulet"'],
  ['WWW-Authenticate', 'Basic realm="rivulet: the token is the password", charset="UTF-8"'],
] as const;

function shownToken(authorization: string | undefined): string | Uint8Array | undefined {
  const credentials = parseCredentials(authorization ?? '');
  return credentials?.kind === 'basic' ? credentials.password : credentials?.token;
}

/** So that both sides of the comparison have one length, which says nothing of the token's. */
function digest(shown: string | Uint8Array): Buffer {
  return createHash('sha256').update(shown).digest();
}
