/** Responses that several handlers give. */
import type { HttpResponse } from './exchange.ts';

/** Nothing we answer as data is worth keeping: it changes with every peer that comes and goes. */
const dataHeaders = [
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
] as const;

export function json(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: [['Content-Type', 'application/json'], ...dataHeaders],
    body: `${JSON.stringify(value)}\n`,
  };
}

export function text(status: number, body: string, type = 'text/plain; charset=utf-8'): HttpResponse {
  return { status, headers: [['Content-Type', type], ...dataHeaders], body };
}
