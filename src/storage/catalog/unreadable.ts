/**
 * The rule for copies that cannot be read: such a copy is no copy. It counts for nothing in placement, repair, balance
 * and what is shown; but it is kept, its holder is asked when nobody else has the piece, and when it reads well it
 * counts again. Pure: `Losses` remembers which copies these are, `LostCopies` decides when a copy is one of them.
 */
import type { PeerId } from '../../bytes/ids.ts';
import type { TorrentEntry } from './torrent-entry.ts';

/** The online holders whose copy of a piece could not be read. */
export function lastResortFor({ losses, holdings }: TorrentEntry, pieceIndex: number): PeerId[] {
  if (losses.none) return [];
  return [...holdings]
    .filter(([id, { online }]) => online && losses.fault(id, pieceIndex) === 'unreadable')
    .map(([id]) => id);
}

/** Whether the holder keeps the piece: one that counts, or one that could not be read. */
export function keeps({ losses, holdings }: TorrentEntry, id: PeerId, pieceIndex: number): boolean {
  return holdings.get(id)?.pieces.has(pieceIndex) === true || losses.fault(id, pieceIndex) === 'unreadable';
}

/** The pieces that the holder keeps, in order: those that count, and those that could not be read. */
export function keptPieces({ losses, holdings }: TorrentEntry, id: PeerId): Iterable<number> {
  const counted = holdings.get(id)?.pieces ?? [];
  if (losses.unreadableCount(id) === 0) return counted;
  return [...counted, ...losses.unreadable(id)].sort((a, b) => a - b);
}

/** The number of pieces that the holder keeps. */
export function keptCount({ losses, holdings }: TorrentEntry, id: PeerId): number {
  return (holdings.get(id)?.pieces.count ?? 0) + losses.unreadableCount(id);
}
