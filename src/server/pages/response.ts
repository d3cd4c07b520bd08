/**
 * An answer with a page, with the fields that keep a browser from being turned against its user (DESIGN 3).
 */
import type { HttpResponse } from '../exchange.ts';

type Headers = HttpResponse['headers'];

/** No inline script or style, nothing from elsewhere, no frames: text that slipped into a page as markup does nothing. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders: Headers = [
  ['Content-Type', 'text/html; charset=utf-8'],
  ['Content-Security-Policy', contentSecurityPolicy],
  ['X-Content-Type-Options', 'nosniff'],
  // Stricter, `no-referrer`, would have browsers send `Origin: null` with our own forms, which the server refuses.
  ['Referrer-Policy', 'same-origin'],
  // RFC 9110 12.5.5: the same address has JSON and text for those who prefer that.
  ['Vary', 'Accept'],
  ['Cache-Control', 'no-store'],
];

export function pageResponse(status: number, page: string, headers: Headers = []): HttpResponse {
  return { status, headers: [...pageHeaders, ...headers], body: page };
}
