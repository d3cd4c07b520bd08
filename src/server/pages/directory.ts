/** The page with the directory (`GET /directory`): users, their addresses, and the files that they share. */
import { formatEndpoint } from '../../bytes/endpoint.ts';
import type { DirectoryUserView, DirectoryView } from '../../protocols/api/types.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import type { Locale } from './locale/locale.ts';
import { column, name, pager, type Row, table } from './parts.ts';

/** The page; `continued` when it is not the first of the list. */
export function renderDirectoryPage(view: DirectoryView, locale: Locale, { continued = false } = {}): string {
  const { directory } = locale.messages;
  const main = html`<h1>${directory.title}</h1>
<p>${directory.about(html`<code>rivulet share NAME</code>`)}</p>
<div data-live="directory">
<p>${view.count === 0 ? directory.none : directory.count(view.count, view.file_count)}</p>
${view.users.length > 0 && userTable(view.users, locale)}
${pager({ path: '/directory', next: view.next, continued }, locale)}
</div>`;
  return renderPage(
    { title: directory.title, section: 'directory', main, live: { events: 'topics=directory' } },
    locale,
  );
}

function userTable(users: readonly DirectoryUserView[], locale: Locale): Html {
  const { title, user, address, files, paths } = locale.messages.directory;
  const columns = [column(user), column(address), column(files, 'number'), column(paths)];
  return table(
    title,
    columns,
    users.map((shown) => userRow(shown, locale)),
  );
}

function userRow(user: DirectoryUserView, { number }: Locale): Row {
  const cells = html`<th scope="row">${name(user.name)}</th>
<td><code>${formatEndpoint(user)}</code></td>
<td class="number">${number(user.files.length)}</td>
<td class="name">${user.files.length > 0 && html`<ul class="paths">${user.files.map((path) => html`<li>${name(path)}</li>`)}</ul>`}</td>`;
  return { key: user.name, cells };
}
