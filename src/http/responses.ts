/** Responses that several handlers give, and the fields that keep a browser from being used against us. */
import { preferred } from '../protocols/http/content/accept.ts';
import type { HttpRequest, HttpResponse } from './handler.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/**
 * The Content-Security-Policy of our pages (W3C CSP3 3.1): they load their own style sheet and scripts (6.1), nothing
 * inline, so that a file name that got into a page unescaped would still not run; nobody frames them (6.4.2); their
 * forms go nowhere else (6.4.1).
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

/** The caching of data (RFC 9111 5.2.2.5), which changes with every peer that comes and goes. */
const fresh = ['Cache-Control', 'no-store'] as const;

/** JSON, for programs. */
export function json(status: number, value: unknown): HttpResponse {
  const headers: Headers = [['Content-Type', 'application/json'], fresh];
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

/** Text, for a terminal. */
export function textResponse(status: number, body: string, type = 'text/plain; charset=utf-8'): HttpResponse {
  return { status, headers: [['Content-Type', type], fresh], body };
}

/** An image of ours. Opened by itself an SVG is a document, which may load and run nothing (CSP3 6.1.3, 6.3.2). */
export function imageResponse(status: number, body: string, type: string): HttpResponse {
  const policy = ['Content-Security-Policy', "default-src 'none'; sandbox"] as const;
  return { status, headers: [['Content-Type', type], fresh, policy], body };
}

/** The fields of a response that is written while it is made. */
export function streamHeaders(type: string): Headers {
  return [['Content-Type', type], fresh];
}

/** A page of ours. */
export function htmlResponse(status: number, body: string): HttpResponse {
  const type = ['Content-Type', 'text/html; charset=utf-8'] as const;
  return { status, headers: [type, fresh, ['Content-Security-Policy', contentSecurityPolicy]], body };
}

/** Whether a browser itself sent a form, without script, and expects to be led to a page. */
export function wantsPage({ headers }: HttpRequest): boolean {
  return preferred(headers.get('accept'), ['application/json', 'text/html']) === 'text/html';
}
