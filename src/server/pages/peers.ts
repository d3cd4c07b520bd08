/** The page with all peers (`GET /peers`), and the form that registers one. */

import { formatCount, formatNumber } from '../../bytes/format.ts';
import type { PeersView, PeerView } from '../views.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { column, size, state, table, time } from './parts.ts';

export function renderPeersPage(view: PeersView): string {
  const main = html`<h1>Peers</h1>
<div data-live="peers">
<p>${view.count === 0 ? 'No peer is registered. Pieces are kept by the server itself until one is.' : `${formatCount(view.count, 'peer')}.`}</p>
${view.peers.length > 0 && peerTable(view.peers)}
</div>
<h2>Register a peer</h2>
<p>Start one with <code>rivulet peer ID</code>; it registers itself. A peer of another kind can be registered here.</p>
${registerForm()}`;
  return renderPage({ title: 'Peers', section: 'peers', main, scripts: ['live.js'] });
}

function peerTable(peers: readonly PeerView[]): Html {
  const columns = [
    column('Peer'),
    column('Kind'),
    column('State'),
    column('Files', 'number'),
    column('Pieces', 'number'),
    column('Stored', 'number'),
    column('Corrupt', 'number'),
    column('Last seen (UTC)'),
    column('Verified (UTC)'),
    column('IPC path'),
  ];
  return table('Peers', columns, peers.map(peerRow));
}

function peerRow(peer: PeerView): Html {
  return html`<th scope="row">${peer.id}</th>
<td>${peer.kind}</td>
<td>${state(peer.state)}</td>
<td class="number">${formatNumber(peer.files)}</td>
<td class="number">${formatNumber(peer.pieces)}</td>
<td class="number">${size(peer.bytes)}</td>
<td class="number">${formatNumber(peer.corrupt_pieces)}</td>
<td>${peer.last_seen === null ? 'never' : time(peer.last_seen)}</td>
<td>${peer.verified === null ? 'not yet' : time(peer.verified)}</td>
<td>${peer.ipc_path !== null && html`<code>${peer.ipc_path}</code>`}</td>`;
}

function registerForm(): Html {
  return html`<form class="card" method="post" action="/register_peer">
<label for="peer-id">Peer id</label>
<input type="text" id="peer-id" name="peer-id" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" placeholder="p1" autocomplete="off" spellcheck="false" aria-describedby="peer-id-rule">
<small id="peer-id-rule">Letters, digits, dots, dashes and underscores.</small>
<label for="ipc-path">IPC path</label>
<input type="text" id="ipc-path" name="ipc-path" required placeholder="peers/p1" autocomplete="off" spellcheck="false" aria-describedby="ipc-path-rule">
<small id="ipc-path-rule">The folder with the two FIFOs, requests and replies.</small>
<button type="submit">Register</button>
</form>`;
}
