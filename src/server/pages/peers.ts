/** The page with all peers (`GET /peers`), and the form that registers one. */

import type { PeersView, PeerView } from '../../protocols/api/types.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import type { Locale } from './locale/locale.ts';
import { column, kind, name, type Row, size, state, table, time, unreadableNote } from './parts.ts';

/** The page. */
export function renderPeersPage(view: PeersView, locale: Locale): string {
  const { peers } = locale.messages;
  const main = html`<h1>${peers.title}</h1>
<div data-live="peers">
<p>${view.count === 0 ? peers.none : peers.count(view.count)}</p>
${view.peers.length > 0 && peerTable(view.peers, locale)}
</div>
<h2>${peers.register}</h2>
<p>${peers.registerHow(html`<code>rivulet peer ID</code>`)}</p>
${registerForm(locale)}`;
  return renderPage({ title: peers.title, section: 'peers', main, live: { events: 'topics=peers' } }, locale);
}

function peerTable(list: readonly PeerView[], locale: Locale): Html {
  const { peers } = locale.messages;
  const columns = [
    column(peers.peer),
    column(peers.kind),
    column(peers.state),
    column(peers.files, 'number'),
    column(peers.pieces, 'number'),
    column(peers.stored, 'number'),
    column(peers.corrupt, 'number'),
    column(peers.lastSeen),
    column(peers.verified),
    column(peers.ipcPath),
    column(peers.forget),
  ];
  return table(
    peers.title,
    columns,
    list.map((peer) => peerRow(peer, locale)),
  );
}

function peerRow(peer: PeerView, locale: Locale): Row {
  const { never, notYet } = locale.messages.peers;
  const cells = html`<th scope="row">${name(peer.id)}</th>
<td>${kind(peer.kind, locale)}</td>
<td>${state(peer.state, locale)}</td>
<td class="number">${locale.number(peer.files)}</td>
<td class="number">${locale.number(peer.pieces)}${unreadableNote(peer.unreadable_pieces ?? 0, locale)}</td>
<td class="number">${size(peer.bytes, locale)}</td>
<td class="number">${locale.number(peer.corrupt_pieces)}</td>
<td>${peer.last_seen === null ? never : time(peer.last_seen)}</td>
<td>${peer.verified === null ? notYet : time(peer.verified)}</td>
<td>${peer.ipc_path !== null && html`<code>${name(peer.ipc_path)}</code>`}</td>
<td>${peer.kind === 'fifo' && peer.state === 'offline' && forgetting(peer, locale)}</td>`;
  return { key: peer.id, cells };
}

/** The removal of a peer in two steps, as of a file. */
function forgetting({ id }: PeerView, { messages: { peers } }: Locale): Html {
  return html`<details>
<summary>${peers.forget}</summary>
<form method="post" action="/forget_peer">
<p>${peers.forgetHow}</p>
<input type="hidden" name="id" value="${id}">
<button type="submit" class="danger">${peers.forgetNow}</button>
</form>
</details>`;
}

function registerForm({ messages: { peers } }: Locale): Html {
  return html`<form class="card" method="post" action="/register_peer">
<label for="peer-id">${peers.id}</label>
<input type="text" id="peer-id" name="peer-id" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" placeholder="p1" autocomplete="off" spellcheck="false" aria-describedby="peer-id-rule">
<small id="peer-id-rule">${peers.idRule}</small>
<label for="ipc-path">${peers.ipcPath}</label>
<input type="text" id="ipc-path" name="ipc-path" required placeholder="peers/p1" autocomplete="off" spellcheck="false" aria-describedby="ipc-path-rule">
<small id="ipc-path-rule">${peers.ipcPathRule}</small>
<button type="submit">${peers.submit}</button>
</form>`;
}
