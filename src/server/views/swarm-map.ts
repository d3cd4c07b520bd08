/**
 * Who has which piece of a file, as it is drawn: the pieces cut into cells, few enough for a screen however many they
 * are, and for each holder how much of each cell it has.
 *
 *     42 pieces in 4 cells     p1 has the first 21:  shares 1, 1, 0, 0     copies of the rarest in each: 1, 1, 0, 0
 */
import type { PeerId } from '../../bytes/ids.ts';
import type { PartRange } from '../../bytes/pieces.ts';
import type { PeerKind, PeerView } from '../../protocols/api/types.ts';
import type { Holding, TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { byId, kindOf } from './build-views.ts';

/** As many cells as a screen can show apart, nearly; and as many characters as fit a terminal beside the facts. */
export const cellsOnPage = 256;
export const cellsInText = 64;
/** A swarm may have hundreds: these are what a person looks through. */
const rowsMax = 100;
/** Ranges of pieces that are named for one holder. */
const rangesMax = 20;

export interface SwarmMap {
  /** How many pieces there are. */
  readonly pieces: number;
  /** Pieces from `first` to `last`, both included, and the online copies of the rarest: a hole is never averaged away. */
  readonly cells: readonly CopiesCell[];
  /** Storage peers first, then the server's own store, then BitTorrent peers. */
  readonly rows: readonly HolderRow[];
  /** Holders for which there was no room. */
  readonly moreRows: number;
}

export interface CopiesCell extends PartRange {
  readonly copies: number;
}

export interface HolderRow {
  readonly id: string;
  readonly kind: PeerKind;
  /** What a peer that is offline had is remembered, and shown as such. */
  readonly state: PeerView['state'];
  /** How many it has, and whether those are all. */
  readonly pieces: number;
  readonly seed: boolean;
  /** Of each cell, how much it has: 0 to 1. */
  readonly shares: readonly number[];
  /** The first of its pieces, as ranges, and how many pieces are not in them. */
  readonly ranges: readonly PartRange[];
  readonly unnamed: number;
}

/** A map of at most `cellsMax` cells. */
export function swarmMap(entry: TorrentEntry, cellsMax: number): SwarmMap {
  const cells = cellsOf(entry.pieces, cellsMax);
  const holders = [...entry.holdings].filter(([, { pieces }]) => pieces.count > 0).sort(inOrder);
  return {
    pieces: entry.pieces,
    cells: cells.map(({ first, last }) => ({ first, last, copies: entry.rarest(first, last + 1) })),
    rows: holders.slice(0, rowsMax).map(([id, holding]) => row(id, holding, cells)),
    moreRows: Math.max(0, holders.length - rowsMax),
  };
}

/** At most `cellsMax` cells, each of as many pieces as its neighbours, give or take one. */
export function cellsOf(pieces: number, cellsMax: number): PartRange[] {
  const count = Math.min(cellsMax, pieces);
  return Array.from({ length: count }, (_, index) => ({
    first: Math.floor((index * pieces) / count),
    last: Math.floor(((index + 1) * pieces) / count) - 1,
  }));
}

function row(id: PeerId, { pieces, online }: Readonly<Holding>, cells: readonly PartRange[]): HolderRow {
  const ranges = firstRanges(pieces.ranges());
  const named = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return {
    id,
    kind: kindOf(id),
    state: online ? 'online' : 'offline',
    pieces: pieces.count,
    seed: pieces.full,
    shares: cells.map(({ first, last }) => pieces.countWithin(first, last + 1) / (last - first + 1)),
    ranges,
    unnamed: pieces.count - named,
  };
}

function firstRanges(ranges: Iterable<PartRange>): PartRange[] {
  const first: PartRange[] = [];
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
