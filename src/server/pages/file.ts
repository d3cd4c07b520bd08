/** The page of one file (`GET /file`): facts, ways to get it, how to check it, who holds what. */

import { formatNumber, quoteForShell } from '../../bytes/format.ts';
import type { FileDetailView, FileHolderView, InnerFileView } from '../views.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { column, filePath, size, state, table, time } from './parts.ts';
import { pieceMapSection } from './piece-map.ts';

export function renderFilePage(file: FileDetailView): string {
  const main = html`<h1><bdi>${file.name}</bdi></h1>
${actions(file)}
<div data-live="file">
${facts(file)}
${innerFiles(file.files)}
<h2>Pieces</h2>
${pieceMapSection(file.piece_map)}
<h2>Who holds it</h2>
${holders(file)}
</div>
${check(file)}
${sameName(file.same_name)}`;
  return renderPage({ title: file.name, section: 'files', main, scripts: ['delete.js', 'live.js'] });
}

function actions({ id, links, state }: FileDetailView): Html {
  return html`<p class="actions">
<a class="button" href="${links.download}" download>Download</a>
<a href="${links.torrent}">Torrent file</a>
<a href="${links.magnet}">Magnet link</a>
${links.torrent_v2 !== undefined && html`<a href="${links.torrent_v2}">Torrent file (v2)</a>`}
<button type="button" class="danger" data-delete="${filePath(id)}" hidden>Delete</button>
</p>
<p id="delete-message" role="status" aria-live="polite">${state !== 'available' && 'Some pieces are on no peer that is online: it cannot be downloaded whole just now.'}</p>`;
}

function facts(file: FileDetailView): Html {
  const rows: readonly (readonly [name: string, value: Html | string])[] = [
    ['State', state(file.state)],
    ['Size', html`${size(file.length)} (${formatNumber(file.length)} bytes)`],
    ['Id (info-hash)', html`<code>${file.id}</code>`],
    ['SHA-256', file.sha256 === null ? 'not known yet' : html`<code>${file.sha256}</code>`],
    [
      'Pieces',
      html`${formatNumber(file.available_pieces)} of ${formatNumber(file.pieces)} online, ${size(file.piece_length)} each`,
    ],
    ['Copies', html`${formatNumber(file.replicas)} of the rarest piece`],
    ['Seeds', formatNumber(file.seeds)],
    ['Added (UTC)', time(file.created)],
  ];
  return html`<dl>
${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

/** Of a torrent of several files: each by itself. */
function innerFiles(files: FileDetailView['files']): Html | false {
  if (files === undefined) return false;
  const row = ({
    path,
    length,
    download,
  }: InnerFileView) => html`<th scope="row" class="name"><a href="${download}" download><bdi>${path}</bdi></a></th>
<td class="number">${size(length)}</td>`;
  return html`<h2>Files in it</h2>
${table('Files in it', [column('Path'), column('Size', 'number')], files.map(row))}`;
}

function holders({ peers, pieces }: FileDetailView): Html {
  if (peers.length === 0) return html`<p>Nobody who is online.</p>`;
  const row = (peer: FileHolderView) => html`<th scope="row">${peer.id}</th>
<td>${peer.kind}</td>
<td class="number">${formatNumber(peer.pieces)} of ${formatNumber(pieces)}</td>
<td>${peer.seed ? 'yes' : 'no'}</td>`;
  return table('Holders', [column('Peer'), column('Kind'), column('Pieces', 'number'), column('Seed')], peers.map(row));
}

/** `sha256sum --check` wants the hash, two spaces and the name. */
function check({ name, sha256 }: FileDetailView): Html | false {
  if (sha256 === null) return false;
  return html`<h2>Check your download</h2>
<p>In a shell, this prints <samp>OK</samp> when every byte is right:</p>
<pre tabindex="0"><code>echo ${quoteForShell(`${sha256}  ${name}`)} | sha256sum --check</code></pre>`;
}

function sameName(ids: readonly string[] = []): Html | false {
  if (ids.length === 0) return false;
  return html`<h2>Other files of this name</h2>
<ul>
${ids.map((id) => html`<li><a href="${filePath(id)}"><code>${id}</code></a></li>\n`)}</ul>`;
}
