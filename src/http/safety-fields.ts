/**
 * The fields that keep a browser from using our responses against us. Pure. They are part of every final response that
 * `http/` sends, whatever its status and whoever made it: handlers neither give nor forget them.
 */
import { encodeResponseHead } from '../protocols/http/write.ts';
import type { HttpResponse } from './handler.ts';

/**
 * Fields of every response. The type is the one that we name (X-Content-Type-Options, Fetch 3.6); other sites do not
 * frame us (RFC 7034), learn our addresses (W3C Referrer Policy) or load our files as their own
 * (Cross-Origin-Resource-Policy, Fetch 3.7). BitTorrent clients and web seeds ignore them.
 */
export const safetyFields: HttpResponse['headers'] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  // Not `no-referrer`: with it browsers send `Origin: null` with our own forms (Fetch 3.2), which the policy refuses.
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];

const safetyLines = safetyFields.map(([name, value]) => `${name}: ${value}\r\n`).join('');

/** The head of `response`, with the safety fields. The only way from a response to a head. */
export function encodeSafeHead({ status, headers }: HttpResponse, framing: string, dateLine: string): string {
  return encodeResponseHead(status, headers, safetyLines + framing, dateLine);
}
