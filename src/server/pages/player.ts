/**
 * The player for a video, an audio file or an image, in the page of the file. Browsers fetch the ranges that they need.
 */
import { printable } from '../../bytes/printable.ts';
import { mediaTypeOf, octets } from '../../protocols/http/content/playable-types.ts';
import { type Html, html } from './html.ts';
import type { Locale } from './locale/locale.ts';

/** Whether there is a player for a file of that name. */
export function isPlayable(fileName: string): boolean {
  return mediaTypeOf(fileName) !== octets;
}

/** The player for the file at `address`; none for a file that no browser plays. */
export function player(fileName: string, address: string, { messages: { file } }: Locale): Html | false {
  const shown = printable(fileName);
  const label = file.playing(shown);
  const note = html`<p id="player-fault" role="status" data-unplayable="${file.cannotPlay}" data-incomplete="${file.incomplete}"></p>`;
  switch (mediaTypeOf(fileName).split('/')[0]) {
    case 'video':
      return html`<video class="player" src="${address}" controls preload="metadata" aria-label="${label}"></video>\n${note}`;
    case 'audio':
      return html`<audio class="player" src="${address}" controls preload="metadata" aria-label="${label}"></audio>\n${note}`;
    case 'image':
      return html`<img class="player" src="${address}" alt="${shown}">`;
    default:
      return false;
  }
}
