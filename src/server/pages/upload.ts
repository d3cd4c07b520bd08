/**
 * The section of a page for uploads: a form that a browser sends by itself, and that `static/upload.js` turns into a
 * list of uploads with their progress. The script finds its words and its elements here.
 */
import { type Html, html } from './html.ts';
import type { Locale } from './locale/locale.ts';

/** The section. */
export function uploadSection(locale: Locale): Html {
  const { upload } = locale.messages;
  return html`<section class="share" aria-labelledby="share-title">
<h2 id="share-title">${upload.title}</h2>
<div class="cards">
<form class="card" id="upload" method="post" action="/upload" enctype="multipart/form-data">
<label for="file">${upload.choose}</label>
<input type="file" id="file" name="file" multiple required>
<p id="drop-hint" hidden>${upload.drop}</p>
<button type="submit">${upload.submit}</button>
</form>
${torrentForm(locale)}
</div>
<ul id="uploads" aria-label="${upload.list}" hidden></ul>
<p class="spoken" id="uploads-news" role="status"></p>
${uploadTemplate(locale)}
</section>`;
}

/** The form for a .torrent: the file is listed, and its pieces come from others. */
function torrentForm({ messages: { torrent } }: Locale): Html {
  return html`<form class="card" method="post" action="/torrent" enctype="multipart/form-data">
<h3>${torrent.title}</h3>
<label for="torrent">${torrent.choose}</label>
<input type="file" id="torrent" name="torrent" accept=".torrent,application/x-bittorrent" required>
<button type="submit">${torrent.submit}</button>
</form>`;
}

/** The template of one upload. The texts of its states are attributes of the element that shows them. */
function uploadTemplate({ messages: { upload } }: Locale): Html {
  const { waiting, sending, spreading, done, known, cancelled, failed, lost, unreadable, folder } = upload;
  const states = { waiting, sending, spreading, done, known, cancelled, failed, lost, unreadable, folder };
  const texts = Object.entries(states);
  return html`<template id="upload-template">
<li class="upload">
<a class="upload-name" translate="no"></a>
<progress max="1" value="0" aria-label="${upload.progress}"></progress>
<span class="upload-state"${texts.map(([state, text]) => html` data-${state}="${text}"`)}></span>
<span class="upload-detail"></span>
<span class="upload-actions">
<button type="button" class="quiet" data-action="cancel">${upload.cancel}</button>
<button type="button" class="quiet" data-action="retry" hidden>${upload.retry}</button>
<button type="button" class="quiet" data-action="remove" hidden>${upload.remove}</button>
</span>
</li>
</template>`;
}
