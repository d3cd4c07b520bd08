/**
 * The swarm map: the pieces of a file, grouped into cells, few enough for a screen however many pieces there are, and
 * for each holder its share of each cell.
 *
 *     42 pieces in 4 cells     p1 has the first 21:  shares 1, 1, 0, 0     copies of the rarest in each: 1, 1, 0, 0
 */
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId } from '../../bytes/ids.ts';
import type { PieceRange } from '../../bytes/pieces.ts';
import type { PeerKind, PeerView } from '../../protocols/api/types.ts';
import type { Holding, TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { keptCount } from '../../storage/catalog/unreadable.ts';
import { byId, kindOf } from './build-views.ts';

/** Cells on a page: about as many as a screen can show apart. */
export const cellsOnPage = 256;
/** Cells in text: as many characters as fit a terminal beside the facts. */
export const cellsInText = 64;
/** Holders on a map: a swarm may have hundreds, of which a person looks through these. */
const rowsMax = 100;
/** Ranges of pieces that are listed for one holder. */
const rangesMax = 20;

/** A map, ready to be drawn. */
export interface SwarmMap {
  /** The number of pieces. */
  readonly pieces: number;
  /** The groups of pieces, in order. */
  readonly cells: readonly CopiesCell[];
  /** Storage peers first, then the server's own store, then BitTorrent peers. */
  readonly rows: readonly HolderRow[];
  /** The number of holders without a row. */
  readonly moreRows: number;
}

/** Pieces from `first` to `last`, both included. */
export interface CopiesCell extends PieceRange {
  /** Online copies of the rarest of these pieces: a missing piece shows, whatever the others have. */
  readonly copies: number;
}

/** One holder. */
export interface HolderRow {
  readonly id: string;
  readonly kind: PeerKind;
  /** An offline peer keeps its row, with the pieces that it had. */
  readonly state: PeerView['state'];
  /** The number of the holder's pieces. */
  readonly pieces: number;
  /** Whether the holder has all pieces. */
  readonly seed: boolean;
  /** The holder's share of each cell, from 0 to 1. */
  readonly shares: readonly number[];
  /** The number of further pieces that the holder keeps and could not read, and its share of them in each cell. */
  readonly unreadable: number;
  readonly unreadableShares: readonly number[];
  /** The first of the holder's pieces, as ranges. */
  readonly ranges: readonly PieceRange[];
  /** The number of the holder's pieces that are not in `ranges`. */
  readonly unnamed: number;
}

/** The map of a file, with at most `cellsMax` cells. */
export function swarmMap(entry: TorrentEntry, cellsMax: number): SwarmMap {
  const cells = cellsOf(entry.pieces, cellsMax);
  const holders = [...entry.holdings].filter(([id]) => keptCount(entry, id) > 0).sort(inOrder);
  return {
    pieces: entry.pieces,
    cells: cells.map(({ first, last }) => ({ first, last, copies: entry.rarest(first, last + 1) })),
    rows: holders.slice(0, rowsMax).map(([id, holding]) => row(entry, id, holding, cells)),
    moreRows: Math.max(0, holders.length - rowsMax),
  };
}

/** At most `cellsMax` cells, whose numbers of pieces differ by at most one. */
export function cellsOf(pieces: number, cellsMax: number): PieceRange[] {
  const count = Math.min(cellsMax, pieces);
  return Array.from({ length: count }, (_, index) => ({
    first: Math.floor((index * pieces) / count),
    last: Math.floor(((index + 1) * pieces) / count) - 1,
  }));
}

function row(
  { losses }: TorrentEntry,
  id: PeerId,
  { pieces, online }: Readonly<Holding>,
  cells: readonly PieceRange[],
): HolderRow {
  const lost = losses.byHolder.get(id)?.unreadable;
  const sharesOf = (part: Bitfield | undefined) =>
    cells.map(({ first, last }) => (part?.countWithin(first, last + 1) ?? 0) / (last - first + 1));
  const ranges = firstRanges(pieces.ranges());
  const named = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return {
    id,
    kind: kindOf(id),
    state: online ? 'online' : 'offline',
    pieces: pieces.count,
    seed: pieces.full,
    shares: sharesOf(pieces),
    unreadable: lost?.count ?? 0,
    unreadableShares: lost === undefined ? [] : sharesOf(lost),
    ranges,
    unnamed: pieces.count - named,
  };
}

function firstRanges(ranges: Iterable<PieceRange>): PieceRange[] {
  const first: PieceRange[] = [];
  for (const range of ranges) {
    first.push(range);
    if (first.length === rangesMax) break;
  }
  return first;
}

const kindsInOrder: readonly PeerKind[] = ['fifo', 'temp', 'wire'];

function inOrder([a]: readonly [PeerId, unknown], [b]: readonly [PeerId, unknown]): number {
  const rank = (id: PeerId): number => kindsInOrder.indexOf(kindOf(id));
  return rank(a) - rank(b) || byId.compare(a, b);
}
