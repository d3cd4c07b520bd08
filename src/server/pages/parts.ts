/** Bits of HTML that several pages use. */

import { formatExactSize, formatSize, formatTime } from '../../bytes/format.ts';
import type { FileState, PeerView } from '../views.ts';
import { type Html, html } from './html.ts';

/** `1.5 MiB`, with the exact count as a hint. */
export function size(bytes: number): Html {
  return html`<data value="${bytes}" title="${formatExactSize(bytes)}">${formatSize(bytes)}</data>`;
}

/** `2026-11-20 10:00`, with the seconds and the zone as a hint. */
export function time(rfc3339: string): Html {
  return html`<time datetime="${rfc3339}" title="${rfc3339}">${formatTime(rfc3339)}</time>`;
}

/** A word with a colour of its own; the word says it all, the colour only helps. */
export function state(word: FileState | PeerView['state']): Html {
  return html`<span class="state ${word}">${word}</span>`;
}

/** The address of a file's page. */
export function filePath(id: string): string {
  return `/file?id=${encodeURIComponent(id)}`;
}

/** A table that scrolls by itself on a narrow screen; `tabindex` lets the keyboard scroll it. */
export function table(label: string, columns: readonly Html[], rows: readonly Html[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
<table>
<thead><tr>${columns}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row}</tr>\n`)}</tbody>
</table>
</div>`;
}

/** A column's head. */
export function column(text: string, kind?: 'number'): Html {
  return html`<th scope="col"${kind && html` class="${kind}"`}>${text}</th>`;
}
