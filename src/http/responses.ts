/** Responses that several handlers give, and the fields that keep a browser from being turned against us. */
import { preferred } from '../protocols/http/content/accept.ts';
import type { HttpRequest, HttpResponse } from './handler.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/**
 * What our pages may load: their own style sheet and scripts. No inline script or style, so that a file name that got
 * into a page unescaped would still not run; nobody may frame us; forms go nowhere else.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For every answer: the type is what we say it is, and other sites do not learn addresses or load us as their own. */
export const safetyHeaders: Headers = [
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  // Not `no-referrer`: with it browsers send `Origin: null` with our own forms (Fetch 3.2), which the policy refuses.
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];

/** What we answer as data changes with every peer that comes and goes. */
const fresh = ['Cache-Control', 'no-store'] as const;

export function json(status: number, value: unknown): HttpResponse {
  const headers: Headers = [['Content-Type', 'application/json'], fresh, ...safetyHeaders];
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

export function textResponse(status: number, body: string, type = 'text/plain; charset=utf-8'): HttpResponse {
  return { status, headers: [['Content-Type', type], fresh, ...safetyHeaders], body };
}

/** An image of ours. Opened by itself an SVG is a document: it has nothing to load, and nothing to run. */
export function imageResponse(status: number, body: string, type: string): HttpResponse {
  const policy = ['Content-Security-Policy', "default-src 'none'; sandbox"] as const;
  return { status, headers: [['Content-Type', type], fresh, policy, ...safetyHeaders], body };
}

/** For an answer that is written while it is made. */
export function streamHeaders(type: string): Headers {
  return [['Content-Type', type], fresh, ...safetyHeaders];
}

/** A page of ours. */
export function htmlResponse(status: number, body: string): HttpResponse {
  const type = ['Content-Type', 'text/html; charset=utf-8'] as const;
  return { status, headers: [type, fresh, ['Content-Security-Policy', contentSecurityPolicy], ...safetyHeaders], body };
}

/** Whether a form was sent by a browser itself, without script: it wants to be led to a page. */
export function wantsPage({ headers }: HttpRequest): boolean {
  return preferred(headers.get('accept'), ['application/json', 'text/html']) === 'text/html';
}
