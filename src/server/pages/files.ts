/** The page with all files: search, upload, and the list (`GET /`, `GET /files`). */

import { formatCount, formatNumber } from '../../bytes/format.ts';
import type { FilesView, FileView } from '../views.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { column, filePath, size, state, table, time } from './parts.ts';

/** `search` is what the list was narrowed to; `continued` says that it is not the first page of it. */
export function renderFilesPage(view: FilesView, { search = '', continued = false } = {}): string {
  const main = html`<h1>Files</h1>
${uploadForm()}
${torrentForm()}
${searchForm(search)}
<div data-live="files">
<p>${summary(view, search)}</p>
${view.files.length > 0 && fileTable(view.files)}
${pager(view.next, search, continued)}
</div>`;
  return renderPage({ title: 'Files', section: 'files', main, scripts: ['upload.js', 'live.js'] });
}

function uploadForm(): Html {
  return html`<form class="card" id="upload" method="post" action="/upload" enctype="multipart/form-data">
<label for="file">Share a file</label>
<input type="file" id="file" name="file" multiple required>
<button type="submit">Upload</button>
<progress id="upload-progress" max="1" value="0" aria-label="Upload" hidden></progress>
<p id="upload-message" role="status" aria-live="polite"></p>
</form>`;
}

/** Of a file that others have: it is listed, and its pieces come from them. */
function torrentForm(): Html {
  return html`<form class="card" method="post" action="/torrent" enctype="multipart/form-data">
<label for="torrent">Add a torrent</label>
<input type="file" id="torrent" name="torrent" accept=".torrent,application/x-bittorrent" required>
<button type="submit">Add</button>
</form>`;
}

function searchForm(search: string): Html {
  return html`<form class="search" role="search" method="get" action="/files">
<label for="q">Find by name</label>
<input type="search" id="q" name="q" value="${search}" maxlength="255" autocomplete="off">
<button type="submit">Search</button>
</form>`;
}

function summary({ count }: FilesView, search: string): Html {
  if (search === '')
    return count === 0 ? html`Nothing is shared yet.` : html`${formatCount(count, 'file')}, the newest first.`;
  return html`${formatCount(count, 'file')} with <q>${search}</q> in the name. <a href="/files">Show all</a>`;
}

function fileTable(files: readonly FileView[]): Html {
  const columns = [
    column('Name'),
    column('Size', 'number'),
    column('State'),
    column('Pieces', 'number'),
    column('Copies', 'number'),
    column('Seeds', 'number'),
    column('Added (UTC)'),
  ];
  return table('Files', columns, files.map(fileRow));
}

function fileRow(file: FileView): Html {
  return html`<th scope="row" class="name"><a href="${filePath(file.id)}"><bdi>${file.name}</bdi></a></th>
<td class="number">${size(file.length)}</td>
<td>${state(file.state)}</td>
<td class="number">${formatNumber(file.available_pieces)} of ${formatNumber(file.pieces)}</td>
<td class="number">${formatNumber(file.replicas)}</td>
<td class="number">${formatNumber(file.seeds)}</td>
<td>${time(file.created)}</td>`;
}

function pager(next: string | undefined, search: string, continued: boolean): Html | false {
  if (next === undefined && !continued) return false;
  const query = search === '' ? '' : `q=${encodeURIComponent(search)}`;
  return html`<nav class="pager" aria-label="Pages">
${continued && html`<a href="/files${query && `?${query}`}">First page</a>`}
${next !== undefined && html`<a rel="next" href="/files?${query && `${query}&`}cursor=${encodeURIComponent(next)}">Next page</a>`}
</nav>`;
}
