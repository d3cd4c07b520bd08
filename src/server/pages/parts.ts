/** Parts of HTML that several pages have. */
import { formatTime } from '../../bytes/format.ts';
import { printable } from '../../bytes/printable.ts';
import type { FileState, PeerKind, PeerView } from '../../protocols/api/types.ts';
import { type Html, html } from './html.ts';
import type { Locale } from './locale/locale.ts';

/** A size such as `1.5 MiB`, with the exact count as a hint. */
export function size(bytes: number, locale: Locale): Html {
  return html`<data value="${bytes}" title="${locale.messages.bytes(bytes)}">${locale.size(bytes)}</data>`;
}

/** A time such as `2026-11-20 10:00`, with the seconds and the zone as a hint. */
export function time(rfc3339: string): Html {
  return html`<time datetime="${rfc3339}" title="${rfc3339}">${formatTime(rfc3339)}</time>`;
}

/** A state with a colour of its own; the word alone is enough. */
export function state(word: FileState | PeerView['state'], { messages }: Locale): Html {
  return html`<span class="state ${word}">${messages.states[word]}</span>`;
}

/** The kind of a holder, in words. */
export function kind(word: PeerKind, { messages }: Locale): string {
  return messages.kinds[word];
}

/** The text `5 of 6`. */
/** A note on pieces that a holder could not read; nothing when there are none. */
export function unreadableNote(count: number, { messages }: Locale): Html | false {
  return count > 0 && html` <small class="unreadable">${messages.unreadable(count)}</small>`;
}

export function ofTotal(some: number, all: number, { messages, number }: Locale): string {
  return messages.ofTotal(number(some), number(all));
}

/**
 * A name that a user chose: in any script and direction, and never to be translated. Marks that reorder text are shown
 * as escapes: `invoice` U+202E `fdp.exe` would read `invoiceexe.pdf`.
 */
export function name(text: string): Html {
  return html`<bdi translate="no">${printable(text)}</bdi>`;
}

/** The address of a file's page. */
export function filePath(id: string): string {
  return `/file?id=${encodeURIComponent(id)}`;
}

/** A row of a table. The script that updates the page recognizes the row by `key` when the list around it changes. */
export interface Row {
  readonly key: string;
  readonly cells: Html;
}

/** A table that scrolls on a narrow screen, also by the keyboard (`tabindex`). */
export function table(label: string, columns: readonly Html[], rows: readonly Row[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
<table>
<thead><tr>${columns}</tr></thead>
<tbody>
${rows.map(({ key, cells }) => html`<tr data-key="${key}">${cells}</tr>\n`)}</tbody>
</table>
</div>`;
}

/** A column's head. */
export function column(text: string, className?: 'number' | 'map'): Html {
  return html`<th scope="col"${className && html` class="${className}"`}>${text}</th>`;
}

/** Links to the first and the next page of a list; none for a list of one page. */
export function pager({ path, query = '', next, continued }: PagerPlace, { messages }: Locale): Html | false {
  if (next === undefined && !continued) return false;
  const cursor = next === undefined ? '' : `${query === '' ? '?' : `${query}&`}cursor=${encodeURIComponent(next)}`;
  return html`<nav class="pager" aria-label="${messages.pager.label}">
${continued && html`<a href="${path}${query}">${messages.pager.first}</a>`}
${next !== undefined && html`<a rel="next" href="${path}${cursor}">${messages.pager.next}</a>`}
</nav>`;
}

/** The place of a page in a list. */
export interface PagerPlace {
  readonly path: string;
  /** The query without the cursor, beginning with `?`; may be empty. */
  readonly query?: string;
  /** The cursor of the next page. */
  readonly next: string | undefined;
  /** Whether this is not the first page. */
  readonly continued: boolean;
}
