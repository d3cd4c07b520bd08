/** The page with the directory (`GET /directory`): people, where they are, and the files that they share. */

import { formatEndpoint } from '../../bytes/endpoint.ts';
import { formatCount, formatNumber } from '../../bytes/format.ts';
import type { DirectoryUserView, DirectoryView } from '../views.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { column, table } from './parts.ts';

/** `continued`: it is not the first page of the list. */
export function renderDirectoryPage(view: DirectoryView, { continued = false } = {}): string {
  const main = html`<h1>Directory</h1>
<p>Files that people share straight from their own machines. They do not go through this server: it only says who has
what. Take part with <code>rivulet share NAME</code>, or by telnet.</p>
<div data-live="directory">
<p>${summary(view)}</p>
${view.users.length > 0 && userTable(view.users)}
${pager(view.next, continued)}
</div>`;
  return renderPage({ title: 'Directory', section: 'directory', main, scripts: ['live.js'] });
}

function summary({ count, file_count }: DirectoryView): string {
  if (count === 0) return 'Nobody is here.';
  return `${formatCount(count, 'person', 'people')}, ${formatCount(file_count, 'file')}.`;
}

function userTable(users: readonly DirectoryUserView[]): Html {
  const columns = [column('User'), column('Address'), column('Files', 'number'), column('Paths')];
  return table('Directory', columns, users.map(userRow));
}

function userRow({ name, address, port, files }: DirectoryUserView): Html {
  return html`<th scope="row">${name}</th>
<td><code>${formatEndpoint({ address, port })}</code></td>
<td class="number">${formatNumber(files.length)}</td>
<td class="name">${files.length > 0 && html`<ul class="paths">${files.map(pathItem)}</ul>`}</td>`;
}

function pathItem(path: string): Html {
  return html`<li><bdi>${path}</bdi></li>`;
}

function pager(next: string | undefined, continued: boolean): Html | false {
  if (next === undefined && !continued) return false;
  return html`<nav class="pager" aria-label="Pages">
${continued && html`<a href="/directory">First page</a>`}
${next !== undefined && html`<a rel="next" href="/directory?cursor=${encodeURIComponent(next)}">Next page</a>`}
</nav>`;
}
