/**
 * The three forms in which a list or a file is described: as JSON, as a page, or as text for a terminal. Owns the
 * negotiation (`Accept`, RFC 9110 12.5.1) and the length of a list in each form.
 */
import type { HttpRequest, HttpResponse } from '../../http/handler.ts';
import { htmlResponse, json, textResponse } from '../../http/responses.ts';
import { preferred } from '../../protocols/http/content/accept.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { type Locale, localeOf } from '../pages/locale/locale.ts';

export type Form = 'application/json' | 'text/html' | 'text/plain';

/** The order in which forms are offered to a client that likes several equally. */
export type FormOrder = readonly [Form, ...Form[]];
export const dataFirst: FormOrder = ['application/json', 'text/html', 'text/plain'];
export const pageFirst: FormOrder = ['text/html', 'application/json', 'text/plain'];

const limitMax = 1000; // some 350 KB of JSON

/** The length of a list when the client does not ask for one. */
export const defaultLimit: Readonly<Record<Form, number>> = {
  'application/json': limitMax,
  'text/plain': limitMax,
  'text/html': 100, // as much as a person reads through
};

/** The form that the client prefers. */
export function preferredForm(request: HttpRequest, order: FormOrder = dataFirst): Form {
  return preferred(request.headers.get('accept'), order);
}

/** The response that shows `view` in the form that the client prefers; a page in its language. */
export function inForm<View>(
  request: HttpRequest,
  view: View,
  render: { readonly html: (view: View, locale: Locale) => string; readonly text: (view: View) => string },
  form: Form = preferredForm(request),
): HttpResponse {
  switch (form) {
    case 'application/json':
      return json(200, view);
    case 'text/html': {
      const locale = localeOf(request.headers.get('accept-language'));
      return htmlResponse(200, render.html(view, locale));
    }
    case 'text/plain':
      return textResponse(200, render.text(view));
  }
}

/** The language of the response; empty where the form has none: only pages are translated. */
export function languageOf(request: HttpRequest, form: Form): string {
  return form === 'text/html' ? localeOf(request.headers.get('accept-language')).language : '';
}

/** The length of a list that the client asks for. Throws HttpError 400. */
export function readLimit(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const limit = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
  if (limit >= 1) return Math.min(limit, limitMax);
  throw new HttpError(400, 'bad-limit', `"limit" must be a whole number from 1 on, not "${value}"`);
}
