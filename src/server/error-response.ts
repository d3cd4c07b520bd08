/**
 * The answer that tells a client of an error, in the form it likes: a page, problem details (RFC 9457) for programs that
 * prefer JSON, or one line for those that ask for plain text. What the error is was decided by whoever threw it.
 *
 *     Accept: application/json     {"type":"about:blank","title":"Not Found","status":404,"detail":"...","code":"no-such-file"}
 */
import { printable } from '../bytes/printable.ts';
import { preferred } from '../protocols/http/content/accept.ts';
import { encodeProblem, problemContentType } from '../protocols/http/content/problem.ts';
import { reasonPhrase } from '../protocols/http/content/status.ts';
import type { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest, HttpResponse } from './exchange.ts';
import { renderErrorPage } from './pages/error.ts';
import { pageResponse } from './pages/response.ts';

/** `request` is null when its head could not be read. Carries the error's own fields too (Allow, Retry-After...). */
export function renderError(error: HttpError, request: Pick<HttpRequest, 'headers'> | null): HttpResponse {
  // Nobody reads the answer to a `drop`; should one be rendered all the same, it is a fault of ours.
  const status = error.answer === 'drop' ? 500 : error.answer;
  const accept = request?.headers.get('accept');
  switch (preferred(accept, ['text/html', problemContentType, 'application/json', 'text/plain'])) {
    case 'text/html':
      return pageResponse(status, renderErrorPage(status, error.message), error.headers);
    case 'text/plain': {
      const line = `${status} ${reasonPhrase(status)}: ${printable(error.message)}\n`;
      return dataResponse(status, 'text/plain; charset=utf-8', line, error);
    }
    default: {
      const problem = encodeProblem({ status, code: error.code, detail: error.message });
      return dataResponse(status, problemContentType, `${problem}\n`, error);
    }
  }
}

function dataResponse(status: number, type: string, body: string, { headers }: HttpError): HttpResponse {
  const own = [
    ['Content-Type', type],
    ['X-Content-Type-Options', 'nosniff'],
    ['Vary', 'Accept'],
    ['Cache-Control', 'no-store'],
  ] as const;
  return { status, headers: [...own, ...headers], body };
}
