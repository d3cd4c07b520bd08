/**
 * Lists and descriptions: `GET /files`, `GET /file`, `GET /peers`, `GET /transfers` and `GET /settings`, each (but the
 * settings) as JSON, as a page, or as text for a terminal (`requests/forms.ts`).
 */

import { parseTorrentId } from '../../bytes/ids.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import { json } from '../../http/responses.ts';
import type { FilesView, SettingsView } from '../../protocols/api/types.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { ListPosition } from '../../storage/catalog/catalog.ts';
import type { ServerContext } from '../context/context.ts';
import { type FilePageView, renderFilePage } from '../pages/file.ts';
import { renderFilesPage } from '../pages/files.ts';
import type { Locale } from '../pages/locale/locale.ts';
import { renderPeersPage } from '../pages/peers.ts';
import { renderFilesText, renderFileText, renderPeersText, renderTransfersText } from '../pages/text.ts';
import { renderTransfersPage } from '../pages/transfers.ts';
import { findFile } from '../requests/find-file.ts';
import { defaultLimit, type Form, inForm, languageOf, pageFirst, preferredForm, readLimit } from '../requests/forms.ts';
import {
  fileDetailView,
  fileHeadView,
  filePageView,
  fileView,
  type PeersContext,
  peersFor,
  peersView,
  transfersView,
} from '../views/build-views.ts';
import { cellsInText, cellsOnPage, type SwarmMap, swarmMap } from '../views/swarm-map.ts';
import { FileViewCache, VersionedCache } from '../views/versioned-cache.ts';

type Context = PeersContext & Pick<ServerContext, 'siteOf' | 'trusts' | 'intake' | 'seeding' | 'transfers'>;
type FileContext = Pick<ServerContext, 'catalog' | 'siteOf'>;

type InfoHandlers = Record<'home' | 'files' | 'file' | 'peers' | 'transfers' | 'settings', Handler>;

/** Makes the handlers of the lists and descriptions. */
export function createInfoHandlers(context: Context): InfoHandlers {
  const { catalog } = context;
  const responses = new VersionedCache<HttpResponse>();
  const maps = new FileViewCache<SwarmMap>();
  const files = (request: HttpRequest, form: Form): HttpResponse =>
    responses.get(catalog.version, `files ${form} ${languageOf(request, form)} ${request.rawQuery}`, () =>
      listFiles(context, request, form),
    );
  return {
    home: (request) => files(request, preferredForm(request, pageFirst)),
    files: (request) => files(request, preferredForm(request)),
    file: (request) => {
      const form = preferredForm(request);
      // A page follows what changes between two versions of the catalog, too.
      if (form !== 'application/json') return drawFile(context, maps, request, form);
      const key = `file ${request.authority} ${request.rawQuery}`;
      return responses.get(catalog.version, key, () => describeFile(context, request));
    },
    settings: () => json(200, { piece_size: context.intake.pieceLength } satisfies SettingsView),
    peers: (request) => {
      const view = peersFor(peersView(context, Date.now()), context.trusts(request));
      return inForm(request, view, { html: renderPeersPage, text: renderPeersText });
    },
    transfers: (request) => {
      const view = transfersView(context);
      return inForm(request, view, { html: renderTransfersPage, text: renderTransfersText });
    },
  };
}

function listFiles({ catalog }: Pick<Context, 'catalog'>, request: HttpRequest, form: Form): HttpResponse {
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

function describeFile({ catalog, siteOf }: FileContext, request: HttpRequest): HttpResponse {
  const entry = findFile(catalog, request, 'id');
  return json(200, fileDetailView(entry, catalog.named(entry.record.name), siteOf(request)));
}

/**
 * A file for people: with a map that is small however many pieces there are. The map is drawn once for all who watch,
 * until the file changes; the transfers, which change all the time, are cheap.
 */
function drawFile(context: Context, maps: FileViewCache<SwarmMap>, request: HttpRequest, form: Form): HttpResponse {
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
