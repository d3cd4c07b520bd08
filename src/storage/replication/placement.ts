/**
 * Decides which peers should get a copy of which piece, and which copies are safe. Pure: it is told all that it judges.
 *
 * Wanted are `replicas` copies of each piece on different peers, to each in proportion to its free space; where there
 * are fewer peers than replicas, as many as there are. A copy is safe when it is stored on a peer; not when it is only
 * lent (`--share`), with a BitTorrent peer, or in the server's own temp store.
 */
import type { PeerId } from '../../bytes/ids.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { Holding, TorrentEntry } from '../catalog/torrent-entry.ts';
import { lastResortFor } from '../catalog/unreadable.ts';
import { type DownWithinGrace, nobodyDown } from '../holders/down-peers.ts';
import { tempHolderId } from '../holders/holder.ts';

/** A peer that can take pieces now. */
export interface Target {
  readonly id: PeerId;
  readonly freeBytes: number;
}

/** The peers that should get one piece. */
export interface PiecePlan {
  readonly pieceIndex: number;
  readonly targets: readonly PeerId[];
}

/** The rules of placing one file. */
export interface PlacementRules {
  /** The number of safe copies wanted of each piece. */
  readonly replicas: number;
  /** Peers that are waited for rather than replaced; nobody when absent. */
  readonly down?: DownWithinGrace;
  /** The pieces that cannot be read. */
  readonly unreadable?: { has(pieceIndex: number): boolean };
  /** The largest number of pieces that are planned for. */
  readonly piecesMax?: number;
}

/**
 * The pieces that have too few safe copies, each with the peers that should get one. Pieces that nobody (else) can take
 * are left out. A peer whose own copy was lost comes first: storing the piece in its place repairs it.
 */
export function planPlacement(entry: TorrentEntry, targets: readonly Target[], rules: PlacementRules): PiecePlan[] {
  const { piecesMax = Number.POSITIVE_INFINITY, unreadable } = rules;
  const planned = new Map(targets.map(({ id }) => [id, 0]));
  const plans: PiecePlan[] = [];
  for (let pieceIndex = 0; pieceIndex < entry.pieces && plans.length < piecesMax; pieceIndex += 1) {
    const lacking = lackingCopies(entry, pieceIndex, rules);
    if (lacking <= 0 || !obtainable(entry, pieceIndex) || unreadable?.has(pieceIndex)) continue;
    const size = pieceSize(entry.record, pieceIndex);
    const chosen = targets
      .map(({ id, freeBytes }, index) => {
        const used = planned.get(id) ?? 0;
        return { id, room: freeBytes - used, rank: (used + chance(entry, pieceIndex, index) * size) / freeBytes };
      })
      .filter(({ id, room }) => room >= size && canStore(entry, id, pieceIndex))
      .sort((a, b) => repairs(entry, pieceIndex, b.id) - repairs(entry, pieceIndex, a.id) || a.rank - b.rank)
      .slice(0, lacking);
    for (const { id } of chosen) planned.set(id, (planned.get(id) ?? 0) + size);
    if (chosen.length > 0) plans.push({ pieceIndex, targets: chosen.map(({ id }) => id) });
  }
  return plans;
}

/** A number from 0 to below 1 from the piece's hash, so that files of one piece do not all go to the same peers. */
function chance({ record }: TorrentEntry, pieceIndex: number, target: number): number {
  const hash = pieceHash(record, pieceIndex);
  return (hash[target % hash.length] ?? 0) / 256;
}

/** 1 when the peer's own copy was bad or gone, so that storing the piece repairs it; else 0. */
function repairs({ losses }: TorrentEntry, pieceIndex: number, id: PeerId): number {
  return Number(losses.holdersOf(pieceIndex).includes(id));
}

/** The number of copies that are lacking; while some peer was not heard yet, only those that are known to be lost. */
function lackingCopies(
  entry: TorrentEntry,
  pieceIndex: number,
  { replicas, down = nobodyDown }: PlacementRules,
): number {
  const lacking = replicas - safeCopies(entry, pieceIndex, down.peers);
  return down.unheard ? Math.min(lacking, entry.losses.holdersOf(pieceIndex).length) : lacking;
}

/** Whether every piece has a safe copy, and as many of them as `targets` allow. */
export function placedSafely(entry: TorrentEntry, targets: readonly Target[], replicas: number): boolean {
  for (let pieceIndex = 0; pieceIndex < entry.pieces; pieceIndex += 1) {
    if (safeCopies(entry, pieceIndex) === 0) return false;
  }
  return planPlacement(entry, targets, { replicas, piecesMax: 1 }).length === 0;
}

/** The online peers that have a safe copy of the piece. */
export function safeHolders(entry: TorrentEntry, pieceIndex: number): PeerId[] {
  return [...entry.holdings].filter(([id, holding]) => isSafe(id, holding, pieceIndex)).map(([id]) => id);
}

/** The number of safe copies of the piece, with those of the peers in `down`. */
export function safeCopies(entry: TorrentEntry, pieceIndex: number, down = nobodyDown.peers): number {
  let copies = 0;
  for (const [id, holding] of entry.holdings) if (isSafe(id, holding, pieceIndex, down)) copies += 1;
  return copies;
}

/** Whether a holding is a safe copy of the piece: stored on a peer that is online, or in `down`. */
function isSafe(id: PeerId, holding: Readonly<Holding>, pieceIndex: number, down = nobodyDown.peers): boolean {
  return (
    id !== tempHolderId &&
    holding.kind === 'stored' &&
    holding.pieces.has(pieceIndex) &&
    (holding.online || down.has(id))
  );
}

/**
 * Whether the peer may be given the piece: not when it has it, nor when its copy cannot be read. That a sick disk takes
 * a piece once more does not show that it can give it.
 */
function canStore(entry: TorrentEntry, id: PeerId, pieceIndex: number): boolean {
  const held = entry.holdings.get(id)?.pieces.has(pieceIndex) ?? false;
  return !held && entry.losses.fault(id, pieceIndex) !== 'unreadable';
}

/** Whether anybody may have the piece, be it only a holder that could not read it the last time. */
function obtainable(entry: TorrentEntry, pieceIndex: number): boolean {
  return entry.reachable(pieceIndex) || lastResortFor(entry, pieceIndex).length > 0;
}
