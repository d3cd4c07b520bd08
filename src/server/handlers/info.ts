/**
 * InfoHandler: what there is. `GET /files`, `GET /file`, `GET /peers` and `GET /transfers`, each as JSON, as a page, or
 * as text for a terminal, as `Accept` likes it.
 */
import { parseTorrentId } from '../../bytes/ids.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import { htmlResponse, json, textResponse } from '../../http/responses.ts';
import { preferred } from '../../protocols/http/content/accept.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { ListPosition } from '../../storage/catalog/catalog.ts';
import type { ServerContext } from '../context/context.ts';
import { type FilePageView, renderFilePage } from '../pages/file.ts';
import { renderFilesPage } from '../pages/files.ts';
import { type Locale, localeOf } from '../pages/locale/locale.ts';
import { renderPeersPage } from '../pages/peers.ts';
import { renderFilesText, renderFileText, renderPeersText, renderTransfersText } from '../pages/text.ts';
import { renderTransfersPage } from '../pages/transfers.ts';
import { findFile } from '../requests/find-file.ts';
import {
  fileDetailView,
  fileHeadView,
  filePageView,
  fileView,
  peersView,
  transfersView,
} from '../views/build-views.ts';
import { cellsInText, cellsOnPage, type SwarmMap, swarmMap } from '../views/swarm-map.ts';
import { FileCache, VersionedCache } from '../views/versioned-cache.ts';
import type { FilesView, SettingsView } from '../views/views.ts';

export type Form = 'application/json' | 'text/html' | 'text/plain';
const dataFirst = ['application/json', 'text/html', 'text/plain'] as const;
const pageFirst = ['text/html', 'application/json', 'text/plain'] as const;

const limitMax = 1000; // some 350 KB of JSON
export const defaultLimit: Readonly<Record<Form, number>> = {
  'application/json': limitMax,
  'text/plain': limitMax,
  'text/html': 100, // what a person looks through
};

type InfoHandlers = Record<'home' | 'files' | 'file' | 'peers' | 'transfers' | 'settings', Handler>;

export function createInfoHandlers(context: ServerContext): InfoHandlers {
  const { catalog } = context;
  const answers = new VersionedCache<HttpResponse>();
  const maps = new FileCache<SwarmMap>();
  const files = (request: HttpRequest, form: Form): HttpResponse =>
    answers.get(catalog.version, `files ${form} ${languageOf(request, form)} ${request.rawQuery}`, () =>
      listFiles(context, request, form),
    );
  return {
    home: (request) => files(request, preferred(request.headers.get('accept'), pageFirst)),
    files: (request) => files(request, preferredForm(request)),
    file: (request) => {
      const form = preferredForm(request);
      // A page follows what changes between two versions of the catalog, too.
      if (form !== 'application/json') return drawFile(context, maps, request, form);
      const key = `file ${request.authority} ${request.rawQuery}`;
      return answers.get(catalog.version, key, () => describeFile(context, request));
    },
    settings: () => json(200, { piece_size: context.intake.pieceLength } satisfies SettingsView),
    peers: (request) => {
      const view = peersView(context, Date.now());
      return inForm(request, view, { html: renderPeersPage, text: renderPeersText });
    },
    transfers: (request) => {
      const view = transfersView(context);
      return inForm(request, view, { html: renderTransfersPage, text: renderTransfersText });
    },
  };
}

export function preferredForm(request: HttpRequest): Form {
  return preferred(request.headers.get('accept'), dataFirst);
}

function listFiles({ catalog }: ServerContext, request: HttpRequest, form: Form): HttpResponse {
  const search = request.query.get('q') ?? '';
  const limit = readLimit(request.query.get('limit')) ?? defaultLimit[form];
  const after = readCursor(request.query.get('cursor'));
  const { count, entries, more } = catalog.list({ text: search, limit, after });
  const last = entries.at(-1)?.record;
  const view: FilesView = {
    count,
    files: entries.map(fileView),
    ...(more && last !== undefined && { next: encodeCursor(last) }),
  };
  const html = (files: FilesView, locale: Locale): string =>
    renderFilesPage(files, locale, { search, continued: after !== undefined });
  return inForm(request, view, { html, text: renderFilesText }, form);
}

function describeFile({ catalog, siteOf }: ServerContext, request: HttpRequest): HttpResponse {
  const entry = findFile(catalog, request, 'id');
  return json(200, fileDetailView(entry, catalog.named(entry.record.name), siteOf(request)));
}

/**
 * For people: with a map that is small however many pieces there are. It is drawn once for all who watch, until the
 * file changes; what is under way changes all the time, and is cheap.
 */
function drawFile(context: ServerContext, maps: FileCache<SwarmMap>, request: HttpRequest, form: Form): HttpResponse {
  const { catalog, siteOf } = context;
  const entry = findFile(catalog, request, 'id');
  const onPage = form === 'text/html';
  const file = (onPage ? filePageView : fileHeadView)(entry, catalog.named(entry.record.name), siteOf(request));
  const transfers = transfersView(context).transfers.filter(({ file: id }) => id === entry.record.id);
  const cells = onPage ? cellsOnPage : cellsInText;
  const map = maps.get(entry, `${cells}`, () => swarmMap(entry, cells));
  const view: FilePageView = { file, map, transfers, playing: request.query.get('play') };
  return inForm(request, view, { html: renderFilePage, text: ({ file, map }) => renderFileText(file, map) }, form);
}

/** The answer in the form that the reader likes, pages in the language. */
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

/** Only pages are in a language. */
function languageOf(request: HttpRequest, form: Form): string {
  return form === 'text/html' ? localeOf(request.headers.get('accept-language')).language : '';
}

export function readLimit(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const limit = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
  if (limit >= 1) return Math.min(limit, limitMax);
  throw new HttpError(400, 'bad-limit', `"limit" must be a whole number from 1 on, not "${value}"`);
}

function encodeCursor({ createdMs, id }: ListPosition): string {
  return `${createdMs}-${id}`;
}

function readCursor(value: string | undefined): ListPosition | undefined {
  if (value === undefined) return undefined;
  const [, createdMs, hex = ''] = /^([0-9]{1,15})-([0-9a-f]{40})$/.exec(value) ?? [];
  const id = parseTorrentId(hex);
  if (id !== undefined) return { createdMs: Number(createdMs), id };
  throw new HttpError(400, 'bad-cursor', `"cursor" must be what "next" of the page before said, not "${value}"`);
}
