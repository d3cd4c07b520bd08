/**
 * The defences of a server on localhost, which is attacked through its user's browser. Pure; asked once for every
 * request, before any handler.
 *
 * - DNS rebinding: a page of `evil.example`, whose name now points to 127.0.0.1, sends that name in `Host`. Refused as
 *   misdirected: 421 (RFC 9110 7.4, 15.5.20).
 * - Cross-site writes: a foreign page posts a form to us. `Origin` (RFC 6454 7, Fetch 3.2) and `Sec-Fetch-Site` (W3C
 *   Fetch Metadata 2.3) tell. Refused: 403 (RFC 9110 15.5.4).
 * - Strangers, who reach a server that is bound to more than loopback without any browser: changes need the token.
 *   Refused: 401 (RFC 9110 15.5.2).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { hostOf } from '../bytes/host.ts';
import { isLoopbackHost } from '../bytes/ip.ts';
import { parseCredentials } from '../protocols/http/content/credentials.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest } from './handler.ts';

/** The rules that the configuration sets. */
export interface Policy {
  /** Host names that are ours besides IP literals, `localhost` and `*.localhost`; lower-case. */
  readonly allowedHosts: readonly string[];
  /** The token that changes need in `Authorization`; null when only this machine can reach us. */
  readonly token: string | null;
}

/** Methods that change nothing (RFC 9110 9.2.1): a foreign page may send them, but cannot read the responses. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Makes the check of `policy`, which throws HttpError 421, 403 or 401 for a request that is refused. */
export function policyCheck(policy: Policy): (request: HttpRequest) => void {
  /** The authority that was accepted last: nearly all requests come to one name, which is checked once. */
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

/** Throws HttpError 421 (RFC 9110 15.5.20) for a host that is not ours. */
function checkHost(authority: string, allowed: readonly string[]): void {
  const host = foldedHostOf(authority);
  // HTTP/1.0 knows requests without Host. No browser sends them.
  if (host === '' || isIpLiteral(host) || host === 'localhost' || host.endsWith('.localhost')) return;
  if (allowed.includes(host)) return;
  const message = `this server does not answer for "${host}"; names it should answer for belong in http.allowed_hosts`;
  throw new HttpError(421, 'foreign-host', message);
}

/** The host of an authority: without the port, lower-case, without the final dot of a fully qualified name. */
function foldedHostOf(authority: string): string {
  return hostOf(authority).replace(/\.$/, '').toLowerCase();
}

/** Whether `host` is an address, which cannot be rebound. No name is all digits and dots, or has a colon. */
function isIpLiteral(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || (host.startsWith('[') && host.endsWith(']'));
}

/**
 * Throws HttpError 403 (RFC 9110 15.5.4) for a request by a page of another origin. Programs such as curl, which send
 * neither field, are let in.
 */
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

/**
 * Whether `origin` (RFC 6454 6.2) is the server's own; with `https` as well, which a proxy in front of us may speak.
 */
function isOwnOrigin(origin: string, authority: string): boolean {
  const own = authority.toLowerCase();
  const claimed = origin.toLowerCase();
  return claimed === `http://${own.replace(/:80$/, '')}` || claimed === `https://${own.replace(/:443$/, '')}`;
}

/**
 * Throws HttpError 401 (RFC 9110 15.5.2) unless `authorization` has the token: by itself, or as the password of any
 * user, which browsers ask for even with scripts off. Like a cookie browsers send a password again unasked, also where
 * a foreign page makes them post to us. That opens no hole: such a request was refused before by its `Origin`, which is
 * sent with every method but GET and HEAD (Fetch 3.2), and is that page's or `null`. (`Sec-Fetch-Site` would not do:
 * browsers leave it out towards addresses of a LAN without TLS.)
 */
/** Whether the request comes from this machine, or with the token: whoever sent it may see more than a stranger. */
export function isTrusted(request: HttpRequest, { token }: Policy): boolean {
  if (isLoopbackHost(request.remoteAddress)) return true;
  return token !== null && hasToken(request.headers.get('authorization'), token);
}

function checkToken(authorization: string | undefined, token: string): void {
  if (hasToken(authorization, token)) return;
  const message =
    'this server can be reached from other machines: changes need its token, as "Authorization: Bearer", or as the ' +
    'password of any user';
  throw new HttpError(401, 'token-needed', message, { headers: tokenChallenges });
}

/** Whether `authorization` shows `token`. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const shown = shownToken(authorization);
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token));
}

/**
 * The challenges, in two fields: some clients misread a list, as a challenge has commas of its own (RFC 9110 11.6.1).
 */
export const tokenChallenges = [
  ['WWW-Authenticate', 'Bearer realm="rivulet"'],
  ['WWW-Authenticate', 'Basic realm="rivulet: the token is the password", charset="UTF-8"'],
] as const;

function shownToken(authorization: string | undefined): string | Uint8Array | undefined {
  const credentials = parseCredentials(authorization ?? '');
  return credentials?.kind === 'basic' ? credentials.password : credentials?.token;
}

/** A digest, so that both sides of the comparison have one length, which tells nothing about the token's. */
function digest(shown: string | Uint8Array): Buffer {
  return createHash('sha256').update(shown).digest();
}
