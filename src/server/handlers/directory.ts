/** DirectoryHandler: `GET /directory`: who shares which files from their own machines, and where they are. */

import { parseDigits } from '../../bytes/verb-line.ts';
import type { DirectoryUser } from '../../directory/directory.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { ServerContext } from '../context/context.ts';
import { renderDirectoryPage } from '../pages/directory.ts';
import type { Locale } from '../pages/locale/locale.ts';
import { renderDirectoryText } from '../pages/text.ts';
import type { DirectoryUserView, DirectoryView } from '../views/views.ts';
import { defaultLimit, type Form, inForm, preferredForm, readLimit } from './info.ts';

/** Of paths on a page: what a person looks through. One user's stand on one page, up to 1 MiB (`directoryBounds`). */
const pathBytesMax = 256 * 1024;

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
