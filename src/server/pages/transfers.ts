/** The page of what is on its way (`GET /transfers`). */

import { formatCount, formatPercent, formatSize } from '../../bytes/format.ts';
import type { TransfersView, TransferView } from '../views.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { column, filePath, size, table, time } from './parts.ts';

export function renderTransfersPage({ count, transfers }: TransfersView): string {
  const main = html`<h1>Transfers</h1>
<p>${count === 0 ? 'Nothing is on its way.' : `${formatCount(count, 'transfer')}.`}</p>
${count > 0 && transferTable(transfers)}`;
  return renderPage({ title: 'Transfers', main });
}

function transferTable(transfers: readonly TransferView[]): Html {
  const columns = [
    column('File'),
    column('Kind'),
    column('Done', 'number'),
    column('Size', 'number'),
    column('Speed', 'number'),
    column('With'),
    column('Since (UTC)'),
  ];
  return table('Transfers', columns, transfers.map(transferRow));
}

function transferRow({ file, name, kind, bytes, length, ...transfer }: TransferView): Html {
  return html`<th scope="row">${file === null ? name : html`<a href="${filePath(file)}">${name}</a>`}</th>
<td>${kind}</td>
<td class="number">${length ? formatPercent(bytes / length) : size(bytes)}</td>
<td class="number">${length !== null && size(length)}</td>
<td class="number">${formatSize(transfer.bytes_per_second)}/s</td>
<td>${transfer.peer}</td>
<td>${time(transfer.started)}</td>`;
}
