/**
 * The swarm map on the page of a file: a row for each holder with a strip of cells, and above them the copies of all
 * together. The strip is as wide for ten pieces as for ten million; the table says the same in words.
 */
import type { CopiesCell, HolderRow, SwarmMap } from '../views/swarm-map.ts';
import { type Html, html } from './html.ts';
import type { Locale } from './locale/locale.ts';
import { column, kind, name, ofTotal, type Row, state, table, unreadableNote } from './parts.ts';

/** The sections of each map that is still kept (`views/versioned-cache.ts`), by language. */
const sections = new WeakMap<SwarmMap, Map<Locale, Html>>();

/** The section of a page with the map. */
export function swarmMapSection(map: SwarmMap, locale: Locale): Html {
  const made = sections.get(map) ?? new Map<Locale, Html>();
  sections.set(map, made);
  const section = made.get(locale) ?? renderSection(map, locale);
  made.set(locale, section);
  return section;
}

function renderSection(map: SwarmMap, locale: Locale): Html {
  const { messages } = locale;
  if (map.pieces === 0) return html`<p>${messages.map.empty}</p>`;
  const more = map.moreRows > 0 && html`<p>${messages.map.moreHolders(map.moreRows)}</p>`;
  return html`<p>${messages.map.caption(map.pieces, piecesPerCell(map, locale))}</p>
${map.rows.length === 0 ? html`<p>${messages.map.nobody}</p>` : mapTable(map, locale)}
${more}
${legend(locale)}`;
}

/** The pieces in a cell: `3` or `3–4`; undefined when each cell is one piece. */
function piecesPerCell({ pieces, cells }: SwarmMap, { number }: Locale): string | undefined {
  if (pieces === cells.length) return undefined;
  const [least, most] = [Math.floor(pieces / cells.length), Math.ceil(pieces / cells.length)];
  return least === most ? number(least) : `${number(least)}–${number(most)}`;
}

function mapTable({ cells, rows, pieces }: SwarmMap, locale: Locale): Html {
  const { title, holder, kind, state, count, map } = locale.messages.map;
  const columns = [column(holder), column(map, 'map'), column(state), column(count, 'number'), column(kind)];
  return table(title, columns, [togetherRow(cells, locale), ...rows.map((row) => holderRow(row, pieces, locale))]);
}

function togetherRow(cells: readonly CopiesCell[], locale: Locale): Row {
  const { everybody, legend } = locale.messages.map;
  const runs = copiesRuns(cells, locale);
  return {
    // No id of a holder is empty.
    key: '',
    cells: html`<th scope="row">${everybody}</th>
<td class="map">${copiesStrip(cells.length, runs)}<span class="spoken">${legend}: ${copiesInWords(runs)}</span></td>
<td></td>
<td></td>
<td></td>`,
  };
}

interface CopiesRun extends Run {
  /** `pieces 0 to 41: 2 copies`. */
  readonly words: string;
}

function copiesRuns(cells: readonly CopiesCell[], { messages: { map }, number }: Locale): CopiesRun[] {
  return runsOf(cells.map(({ copies }) => copies)).map((run) => {
    const [first, last] = [cells[run.at]?.first ?? 0, cells[run.at + run.length - 1]?.last ?? 0];
    return { ...run, words: map.copiesOf(number(first), number(last), map.copies(run.value)) };
  });
}

/**
 * The strip in words: `piece 43: 0 copies; pieces 0 to 41: 2 copies, piece 42: 1 copy`. Missing pieces come first,
 * since both lists end at a limit, beyond which a missing piece must not be.
 */
function copiesInWords(runs: readonly CopiesRun[]): string {
  const holes = runs.filter(({ value }) => value === 0);
  const held = runs.filter(({ value }) => value > 0);
  const lists = [holes, held]
    .filter(({ length }) => length > 0)
    .map((list) => {
      const words = list.slice(0, runsInWords).map(({ words }) => words);
      return `${words.join(', ')}${list.length > runsInWords ? '…' : ''}`;
    });
  return lists.join('; ');
}

const runsInWords = 12;

function holderRow(row: HolderRow, pieces: number, locale: Locale): Row {
  return {
    key: row.id,
    cells: html`<th scope="row">${name(row.id)}</th>
<td class="map">${sharesStrip(row)}<span class="spoken">${partsInWords(row, locale)}</span></td>
<td>${state(row.state, locale)}</td>
<td class="number">${ofTotal(row.pieces, pieces, locale)}${unreadableNote(row.unreadable, locale)}</td>
<td>${kind(row.kind, locale)}</td>`,
  };
}

function partsInWords({ seed, ranges, unnamed }: HolderRow, { messages: { map }, number }: Locale): string {
  if (seed) return map.all;
  const named = ranges.map(({ first, last }) => (first === last ? number(first) : `${number(first)}–${number(last)}`));
  return [...named, ...(unnamed > 0 ? [map.andMore(unnamed)] : [])].join(', ');
}

/** The strip of all holders together: higher and darker bars are more copies; a missing piece is hollow. */
function copiesStrip(cells: number, runs: readonly CopiesRun[]): Html {
  const bars = runs.map(({ at, length, value, words }) => {
    const height = Math.min(value, copiesShown) / copiesShown;
    const bar = html`<rect class="${colour(value)}" x="${at}" y="${decimals(1 - height)}" width="${length}" height="${decimals(height)}"/>`;
    return html`<g><title>${words}</title><rect class="copies-0" x="${at}" width="${length}" height="1"/>${bar}</g>`;
  });
  return strip(cells, 'copies', bars);
}

/**
 * The strip of one holder: the bar of a cell is as high as the holder's share of its pieces. `data-cells` has a digit
 * from 0 to 9 for each cell, by which `static/map.js` finds the cells that changed; it marks them in the empty group.
 */
function sharesStrip({ state, shares, unreadableShares }: HolderRow): Html {
  const lost = unreadableShares.length > 0 && html`<path class="unreadable" d="${barsOf(unreadableShares)}"/>`;
  const digits = shares.map((share) => (state === 'online' ? Math.ceil(share * 9) : 0)).join('');
  return strip(shares.length, state, [html`<path d="${barsOf(shares)}"/>${lost}<g data-keep=""></g>`], digits);
}

/** The outline of bars that are as high as the shares of their cells. */
function barsOf(shares: readonly number[]): string {
  const bars = runsOf(shares).map(({ at, length, value }) => {
    return value === 0 ? '' : `M${at} 1h${length}v-${decimals(value)}h-${length}z`;
  });
  return bars.join('');
}

/** One strip as SVG, hidden from screen readers: the table has the words. */
function strip(cells: number, className: string, bars: readonly Html[], digits?: string): Html {
  return html`<svg class="strip ${className}" viewBox="0 0 ${cells} 1" preserveAspectRatio="none" aria-hidden="true"${digits !== undefined && html` data-cells="${digits}"`}>${bars}</svg>`;
}

/** Neighbouring cells with one value. */
interface Run {
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

/** The runs of equal values. */
function runsOf(values: readonly number[]): Run[] {
  const runs: { at: number; length: number; value: number }[] = [];
  for (const [at, value] of values.entries()) {
    const open = runs.at(-1);
    if (open?.value === value) open.length += 1;
    else runs.push({ at, length: 1, value });
  }
  return runs;
}

/** The number of copies from which on bars look the same. */
const copiesShown = 3;

function colour(copies: number): string {
  return `copies-${Math.min(copies, copiesShown)}`;
}

function decimals(height: number): number {
  return Math.round(height * 100) / 100;
}

function legend({ messages: { map }, number }: Locale): Html {
  const texts = [map.noneOf, number(1), number(2), map.threeOrMore];
  return html`<p class="legend">${map.legend}: ${texts.map((text, copies) => html`<span><span class="key ${colour(copies)}"></span>${text}</span> `)}</p>`;
}
