/**
 * The response that tells a client of an error, in the form that it prefers: a page, problem details (RFC 9457) for
 * programs that prefer JSON, or one line for clients that ask for plain text. Whoever threw the error decided what it
 * is.
 *
 *     Accept: application/json     {"type":"about:blank","title":"Not Found","status":404,...}
 */
import { printable } from '../bytes/printable.ts';
import { preferred } from '../protocols/http/content/accept.ts';
import { encodeProblem, problemContentType } from '../protocols/http/content/problem.ts';
import { reasonPhrase } from '../protocols/http/content/status.ts';
import type { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest, HttpResponse } from './handler.ts';
import { htmlResponse, textResponse } from './responses.ts';

/**
 * Makes the response that tells `error`, with its fields (Allow, Retry-After...). `request` is null when none was read.
 */
export type RenderError = (error: HttpError, request: Pick<HttpRequest, 'headers'> | null) => HttpResponse;

/** Makes the HTML of an error's page, in a language that the reader prefers (the field `Accept-Language`). */
export type RenderErrorPage = (status: number, explanation: string, acceptLanguage: string | undefined) => string;

/** Renders errors; as pages too where the program has a `renderPage`, else browsers get what programs get. */
export function errorRenderer(renderPage?: RenderErrorPage): RenderError {
  return (error, request) => {
    // Nobody reads the response to a `drop`; should one be rendered all the same, it is a fault of ours.
    const status = error.answer === 'drop' ? 500 : error.answer;
    const response = renderBody(status, error, request?.headers, renderPage);
    return { ...response, headers: [...response.headers, ...error.headers] };
  };
}

function renderBody(
  status: number,
  { code, message }: HttpError,
  headers: HttpRequest['headers'] | undefined,
  renderPage: RenderErrorPage | undefined,
): HttpResponse {
  const forms = [problemContentType, 'application/json', 'text/plain'] as const;
  switch (preferred(headers?.get('accept'), renderPage === undefined ? forms : ['text/html', ...forms])) {
    case 'text/html':
      return htmlResponse(status, renderPage?.(status, message, headers?.get('accept-language')) ?? '');
    case 'text/plain':
      return textResponse(status, `${status} ${reasonPhrase(status)}: ${printable(message)}\n`);
    default:
      return textResponse(status, `${encodeProblem({ status, code, detail: message })}\n`, problemContentType);
  }
}
