/**
 * How many copies of each piece there are, as a bar that is as wide for ten pieces as for ten thousand, and as a table
 * that says the same in words.
 */
import { formatCount, formatNumber } from '../../bytes/format.ts';
import { type Html, html } from './html.ts';
import { column, table } from './parts.ts';

/** As many cells as a phone can show apart. */
const cellsMax = 96;

export interface PieceCell {
  /** Pieces from `first` to `last`, both included. */
  readonly first: number;
  readonly last: number;
  /** Of the rarest among them: a hole is never averaged away. */
  readonly copies: number;
}

/** Cuts the map into at most `cellsMax` cells, each of as many pieces as its neighbours, give or take one. */
export function pieceCells(pieceMap: readonly number[], most = cellsMax): PieceCell[] {
  const count = Math.min(most, pieceMap.length);
  return Array.from({ length: count }, (_, index) => {
    const first = Math.floor((index * pieceMap.length) / count);
    const last = Math.floor(((index + 1) * pieceMap.length) / count) - 1;
    const copies = pieceMap
      .slice(first, last + 1)
      .reduce((least, value) => Math.min(least, value), Number.MAX_SAFE_INTEGER);
    return { first, last, copies };
  });
}

export function pieceMapSection(pieceMap: readonly number[]): Html {
  if (pieceMap.length === 0) return html`<p>An empty file has no pieces.</p>`;
  const cells = pieceCells(pieceMap);
  return html`<svg class="pieces" viewBox="0 0 ${cells.length} 1" preserveAspectRatio="none" shape-rendering="crispEdges" role="img" aria-label="Copies of each piece, from the first to the last; the table below says the same">
${cells.map(bar)}</svg>
${table('Pieces by copies', [column('Copies online'), column('Pieces', 'number')], tally(pieceMap))}`;
}

function bar({ first, last, copies }: PieceCell, index: number): Html {
  const pieces = first === last ? `piece ${first}` : `pieces ${first} to ${last}`;
  const hint = `${pieces}: ${formatCount(copies, 'copy', 'copies')}`;
  return html`<rect class="${colour(copies)}" x="${index}" width="1" height="1"><title>${hint}</title></rect>\n`;
}

/** From three copies on it makes no difference to anybody. */
function colour(copies: number): string {
  return `copies-${Math.min(copies, 3)}`;
}

/** How many pieces have no copy, one, two and so on. */
function tally(pieceMap: readonly number[]): Html[] {
  const pieces = new Map<number, number>();
  for (const copies of pieceMap) pieces.set(copies, (pieces.get(copies) ?? 0) + 1);
  const rising = [...pieces].sort(([a], [b]) => a - b);
  return rising.map(([copies, count]) => tallyRow(copies, count));
}

function tallyRow(copies: number, count: number): Html {
  const label = copies === 0 ? 'none' : formatNumber(copies);
  return html`<th scope="row"><span class="key ${colour(copies)}"></span>${label}</th>
<td class="number">${formatNumber(count)}</td>`;
}
