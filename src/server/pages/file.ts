/** The page of one file (`GET /file`): ways to get it, the swarm map, transfers under way, facts, how to check it. */
import { quoteForShell } from '../../bytes/format.ts';
import { isLoopbackHost } from '../../bytes/ip.ts';
import { printable } from '../../bytes/printable.ts';
import type { ContainedFileView, FileHeadView, TransferView } from '../../protocols/api/types.ts';
import type { SwarmMap } from '../views/swarm-map.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import type { Locale } from './locale/locale.ts';
import { column, filePath, name, type Row, size, state, table, time } from './parts.ts';
import { isPlayable, player } from './player.ts';
import { swarmMapSection } from './swarm-map-section.ts';
import { transferTable } from './transfers.ts';

/** Everything that the page shows. */
export interface FilePageView {
  readonly file: FileHeadView;
  readonly map: SwarmMap;
  /** The transfers of this file. */
  readonly transfers: readonly TransferView[];
  /** The path of the file to be played, in a torrent of several. */
  readonly playing?: string | undefined;
}

/** The page. */
export function renderFilePage(view: FilePageView, locale: Locale): string {
  const { file, map, transfers } = view;
  const { messages } = locale;
  const main = html`<h1>${name(file.name)}</h1>
${actions(file, locale)}
${share(file, locale)}
${playerSection(view, locale)}
<h2>${messages.map.title}</h2>
<div data-live="map">
${swarmMapSection(map, locale)}
</div>
<div data-live="transfers">${transfers.length > 0 && html`<h2>${messages.transfers.title}</h2>\n${transferTable(transfers, locale)}`}</div>
<h2>${messages.file.facts}</h2>
<div data-live="facts">
${facts(file, locale)}
</div>
${containedFiles(file, locale)}
${check(file, locale)}
${sameName(file.same_name, locale)}
${removal(file, locale)}`;
  // By the id, even when the page was found by name: a name may come to mean another file.
  const live = { events: `topics=files,pieces,transfers&file=${file.id}`, page: filePath(file.id) };
  return renderPage({ title: file.name, section: 'files', main, scripts: ['file.js', 'map.js'], live }, locale);
}

function actions({ links, state }: FileHeadView, { messages: { file } }: Locale): Html {
  return html`<p class="actions">
<a class="button" href="${links.download}" download>${file.download}</a>
<a href="${links.torrent}">${file.torrent}</a>
<a href="${links.magnet}">${file.magnet}</a>
${links.torrent_v2 !== undefined && html`<a href="${links.torrent_v2}">${file.torrentV2}</a>`}
</p>
<div data-live="completeness">${state !== 'available' && html`<p>${file.incomplete}</p>`}</div>`;
}

/** The link to the page, which can be copied by hand where there is no script, and its QR code. */
function share({ id, links }: FileHeadView, { messages: { file } }: Locale): Html {
  const localOnly = isLoopbackHost(new URL(links.info, 'http://localhost').hostname);
  return html`<div class="share-link">
<label for="link">${file.link}</label>
<span class="copy"><input type="text" id="link" value="${links.info}" readonly>
<button type="button" data-copy="link" data-copied="${file.copied}" hidden>${file.copyLink}</button></span>
<span class="spoken" id="copy-news" role="status"></span>
<details>
<summary>${file.qr}</summary>
<img class="qr" src="/qr?file=${id}" alt="${file.qrAlt}" width="232" height="232" loading="lazy">
${localOnly && html`<p>${file.qrLocal}</p>`}
</details>
</div>`;
}

function playerSection({ file, playing }: FilePageView, locale: Locale): Html | false {
  if (file.files === undefined) return player(file.name, file.links.download, locale);
  const chosen = file.files.find(({ path }) => path === playing);
  return chosen !== undefined && html`<h2>${name(chosen.path)}</h2>\n${player(chosen.path, chosen.download, locale)}`;
}

function facts(file: FileHeadView, locale: Locale): Html {
  const { messages, number } = locale;
  const words = messages.file;
  const pieces = words.piecesOnline(
    number(file.available_pieces),
    number(file.pieces),
    size(file.piece_length, locale),
  );
  const rows: readonly (readonly [term: string, description: Html | string])[] = [
    [words.state, state(file.state, locale)],
    [words.size, html`${size(file.length, locale)} (${messages.bytes(file.length)})`],
    [words.id, html`<code>${file.id}</code>`],
    ['SHA-256', file.sha256 === null ? words.notKnown : html`<code>${file.sha256}</code>`],
    [words.pieces, pieces],
    [words.copies, words.ofTheRarest(number(file.replicas))],
    [words.seeds, number(file.seeds)],
    [words.added, time(file.created)],
  ];
  return html`<dl>
${rows.map(([term, description]) => html`<div><dt>${term}</dt><dd>${description}</dd></div>\n`)}</dl>`;
}

/** The files in a torrent of several, each with its own download. */
function containedFiles({ id, files }: FileHeadView, locale: Locale): Html | false {
  if (files === undefined) return false;
  const { filesInIt, path, size } = locale.messages.file;
  const columns = [column(path), column(size, 'number'), column('')];
  return html`<h2>${filesInIt}</h2>
${table(
  filesInIt,
  columns,
  files.map((contained) => containedRow(id, contained, locale)),
)}`;
}

function containedRow(id: string, { path, length, download }: ContainedFileView, locale: Locale): Row {
  const play = `${filePath(id)}&play=${encodeURIComponent(path)}`;
  const cells = html`<th scope="row" class="name"><a href="${download}" download>${name(path)}</a></th>
<td class="number">${size(length, locale)}</td>
<td>${isPlayable(path) && html`<a href="${play}">${locale.messages.file.play}<span class="spoken"> ${name(path)}</span></a>`}</td>`;
  return { key: path, cells };
}

/**
 * The command that checks a download: `sha256sum --check` wants the hash, two spaces and the name. The command is
 * copied as it is shown, so the name cannot be escaped; a name that needs it has no command, since each shell would
 * want it written differently, and the hash stands among the facts.
 */
function check(file: FileHeadView, { messages }: Locale): Html | false {
  if (file.sha256 === null || printable(file.name) !== file.name) return false;
  const line = html`<bdi dir="ltr">${quoteForShell(`${file.sha256}  ${file.name}`)}</bdi>`;
  return html`<h2>${messages.file.check}</h2>
<p>${messages.file.checkHow(html`<samp>OK</samp>`)}</p>
<pre tabindex="0" role="region" aria-label="${messages.file.check}"><code translate="no">echo ${line} | sha256sum --check</code></pre>`;
}

function sameName(ids: readonly string[] | undefined, { messages }: Locale): Html | false {
  if (ids === undefined) return false;
  return html`<h2>${messages.file.sameName}</h2>
<ul>
${ids.map((id) => html`<li><a href="${filePath(id)}"><code>${id}</code></a></li>\n`)}</ul>`;
}

/** The removal in two steps, so that no slip deletes a file, and no script is needed to ask. */
function removal({ id }: FileHeadView, { messages: { file } }: Locale): Html {
  return html`<details class="removal">
<summary>${file.remove}</summary>
<form method="post" action="/delete">
<p>${file.removeHow}</p>
<input type="hidden" name="id" value="${id}">
<button type="submit" class="danger">${file.removeNow}</button>
</form>
</details>`;
}
