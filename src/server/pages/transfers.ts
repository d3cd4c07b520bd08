/** The page with all transfers under way (`GET /transfers`), and their table, which the page of a file has too. */
import type { TransfersView, TransferView } from '../../protocols/api/types.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import type { Locale } from './locale/locale.ts';
import { column, filePath, name, type Row, size, table, time } from './parts.ts';

/** The page. */
export function renderTransfersPage({ count, transfers: list }: TransfersView, locale: Locale): string {
  const { transfers } = locale.messages;
  const main = html`<h1>${transfers.title}</h1>
<div data-live="transfers">
<p>${count === 0 ? transfers.none : transfers.count(count)}</p>
${list.length > 0 && transferTable(list, locale)}
</div>`;
  const page = { title: transfers.title, section: 'transfers', main, live: { events: 'topics=transfers' } } as const;
  return renderPage(page, locale);
}

/** The table of transfers. */
export function transferTable(list: readonly TransferView[], locale: Locale): Html {
  const { title, what, name, peer, done, speed, since } = locale.messages.transfers;
  const columns = [column(what), column(name), column(peer), column(done), column(speed, 'number'), column(since)];
  return table(
    title,
    columns,
    list.map((transfer) => transferRow(transfer, locale)),
  );
}

function transferRow(transfer: TransferView, locale: Locale): Row {
  const { kinds } = locale.messages.transfers;
  const cells = html`<td>${kinds[transfer.kind]}</td>
<th scope="row" class="name">${nameOf(transfer)}</th>
<td>${name(transfer.peer)}</td>
<td class="done">${done(transfer, locale)}</td>
<td class="number">${locale.speed(transfer.bytes_per_second)}</td>
<td>${time(transfer.started)}</td>`;
  return { key: transfer.id, cells };
}

/** The name, with a link to the file's page; an upload has no page before its last byte has come. */
function nameOf({ file, name: fileName }: TransferView): Html {
  return file === null ? name(fileName) : html`<a href="${filePath(file)}">${name(fileName)}</a>`;
}

function done({ bytes, length }: TransferView, locale: Locale): Html {
  if (length === null) return size(bytes, locale);
  const share = length === 0 ? 1 : bytes / length;
  const { done: label } = locale.messages.transfers;
  return html`<progress max="1" value="${share.toFixed(4)}" aria-label="${label}"></progress> ${locale.percent(share)}`;
}
