/** The page with all files: search, upload, and the list (`GET /`, `GET /files`). */

import type { FilesView, FileView } from '../../protocols/api/types.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import type { Locale } from './locale/locale.ts';
import { column, filePath, name, ofTotal, pager, type Row, size, state, table, time } from './parts.ts';
import { uploadSection } from './upload.ts';

/** The place of a page in the list. */
export interface FilesPlace {
  /** The text in the name of all listed files. */
  readonly search?: string;
  /** Whether this is not the first page of the list. */
  readonly continued?: boolean;
}

/** The page. */
export function renderFilesPage(view: FilesView, locale: Locale, { search = '', continued = false }: FilesPlace = {}) {
  const { title } = locale.messages.files;
  const query = search === '' ? '' : `?q=${encodeURIComponent(search)}`;
  const main = html`<h1>${title}</h1>
${uploadSection(locale)}
${searchForm(search, locale)}
<div data-live="files">
<p role="status">${summary(view, search, locale)}</p>
${view.files.length > 0 && fileTable(view.files, locale)}
${pager({ path: '/files', query, next: view.next, continued }, locale)}
</div>`;
  const scripts = ['upload.js', 'search.js'];
  return renderPage({ title, section: 'files', main, scripts, live: { events: 'topics=files' } }, locale);
}

function searchForm(search: string, { messages }: Locale): Html {
  return html`<form class="search" id="search" role="search" method="get" action="/files">
<label for="q">${messages.files.findByName}</label>
<input type="search" id="q" name="q" value="${search}" maxlength="255" autocomplete="off">
<button type="submit">${messages.files.search}</button>
</form>`;
}

function summary({ count }: FilesView, search: string, { messages: { files } }: Locale): Html {
  if (search !== '') return html`${files.found(count, name(search))} <a href="/files">${files.showAll}</a>`;
  return html`${count === 0 ? files.none : files.newestFirst(count)}`;
}

function fileTable(files: readonly FileView[], locale: Locale): Html {
  const { title, name, size, state, pieces, copies, seeds, added } = locale.messages.files;
  const columns = [
    column(name),
    column(size, 'number'),
    column(state),
    column(pieces, 'number'),
    column(copies, 'number'),
    column(seeds, 'number'),
    column(added),
  ];
  return table(
    title,
    columns,
    files.map((file) => fileRow(file, locale)),
  );
}

function fileRow(file: FileView, locale: Locale): Row {
  const cells = html`<th scope="row" class="name"><a href="${filePath(file.id)}">${name(file.name)}</a></th>
<td class="number">${size(file.length, locale)}</td>
<td>${state(file.state, locale)}</td>
<td class="number">${ofTotal(file.available_pieces, file.pieces, locale)}</td>
<td class="number">${locale.number(file.replicas)}</td>
<td class="number">${locale.number(file.seeds)}</td>
<td>${time(file.created)}</td>`;
  return { key: file.id, cells };
}
