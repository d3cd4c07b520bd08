/**
 * The directory over HTTP, `GET /directory`: the users who share files from their own machines, their addresses and
 * files.
 */

import { parseDigits } from '../../bytes/verb-line.ts';
import type { DirectoryUser } from '../../directory/directory.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import type { DirectoryUserView, DirectoryView } from '../../protocols/api/types.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { ServerContext } from '../context/context.ts';
import { renderDirectoryPage } from '../pages/directory.ts';
import type { Locale } from '../pages/locale/locale.ts';
import { renderDirectoryText } from '../pages/text.ts';
import { defaultLimit, type Form, inForm, preferredForm, readLimit } from '../requests/forms.ts';

/** The most bytes of paths on a page, but one user's stay together, up to 1 MiB (`directoryBounds`). */
const pathBytesMax = 256 * 1024;

/** Makes the handler of `GET /directory`. */
export function createDirectoryHandler({ directory }: Pick<ServerContext, 'directory'>): Handler {
  return (request) => list(directory, request, preferredForm(request));
}

function list(directory: ServerContext['directory'], request: HttpRequest, form: Form): HttpResponse {
  const after = readCursor(request.query.get('cursor'));
  const limit = readLimit(request.query.get('limit')) ?? defaultLimit[form];
  const { count, users, more } = directory.page({ limit, after: after ?? 0, pathBytes: pathBytesMax });
  const view: DirectoryView = {
    count,
    file_count: directory.fileCount,
    users: users.map(userView),
    ...(more && { next: String(users.at(-1)?.number) }),
  };
  const html = (shown: DirectoryView, locale: Locale): string =>
    renderDirectoryPage(shown, locale, { continued: after !== undefined });
  return inForm(request, view, { html, text: renderDirectoryText });
}

function userView({ name, address, port, files }: DirectoryUser): DirectoryUserView {
  return { name, address, port, files: [...files] };
}

function readCursor(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = parseDigits(value);
  if (number !== undefined) return number;
  throw new HttpError(400, 'bad-cursor', `"cursor" must be what "next" of the page before said, not "${value}"`);
}
