/**
 * The answer that tells a client of an error, in the form it likes: a page, problem details (RFC 9457) for programs
 * that prefer JSON, or one line for those that ask for plain text. What the error is was decided by whoever threw it.
 *
 *     Accept: application/json     {"type":"about:blank","title":"Not Found","status":404,...}
 */
import { printable } from '../bytes/printable.ts';
import { preferred } from '../protocols/http/content/accept.ts';
import { encodeProblem, problemContentType } from '../protocols/http/content/problem.ts';
import { reasonPhrase } from '../protocols/http/content/status.ts';
import type { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest, HttpResponse } from './exchange.ts';
import { renderErrorPage } from './pages/error.ts';
import { htmlResponse, textResponse } from './responses.ts';

/** `request` is null when its head could not be read. Carries the error's own fields too (Allow, Retry-After...). */
export function renderError(error: HttpError, request: Pick<HttpRequest, 'headers'> | null): HttpResponse {
  // Nobody reads the answer to a `drop`; should one be rendered all the same, it is a fault of ours.
  const status = error.answer === 'drop' ? 500 : error.answer;
  const response = renderBody(status, error, request?.headers.get('accept'));
  return { ...response, headers: [...response.headers, ...error.headers] };
}

function renderBody(status: number, { code, message }: HttpError, accept: string | undefined): HttpResponse {
  switch (preferred(accept, ['text/html', problemContentType, 'application/json', 'text/plain'])) {
    case 'text/html':
      return htmlResponse(status, renderErrorPage(status, message));
    case 'text/plain':
      return textResponse(status, `${status} ${reasonPhrase(status)}: ${printable(message)}\n`);
    default:
      return textResponse(status, `${encodeProblem({ status, code, detail: message })}\n`, problemContentType);
  }
}
