/**
 * Which peers should get a copy of which piece. Pure.
 *
 * `replicas` copies of each piece on different peers, to each in proportion to its free space; where there are fewer
 * peers than replicas, as many as there are. A copy that is only lent (`--share`) or in the server's own temp store does
 * not count as safe.
 */
import type { PeerId } from '../../bytes/ids.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { Holding, TorrentEntry } from '../catalog/torrent-entry.ts';
import { type DownWithinGrace, nobodyDown } from '../holders/down-peers.ts';
import { tempHolderId } from '../holders/holder.ts';

/** A peer that can take pieces now. */
export interface Target {
  readonly id: PeerId;
  readonly freeBytes: number;
}

export interface PiecePlan {
  readonly pieceIndex: number;
  readonly targets: readonly PeerId[];
}

export interface PlacementRules {
  /** Safe copies wanted of each piece. */
  readonly replicas: number;
  /** Peers that are waited for rather than replaced; nobody when absent. */
  readonly down?: DownWithinGrace;
  /** Pieces that cannot be read. */
  readonly unreadable?: { has(pieceIndex: number): boolean };
  /** No more pieces than these are planned for. */
  readonly piecesMax?: number;
}

/**
 * The pieces that have too few safe copies, each with the peers that should get one. Pieces that nobody (else) can take
 * are left out. A peer whose own copy went bad comes first: it is mended by what is stored in its place.
 */
export function planPlacement(entry: TorrentEntry, targets: readonly Target[], rules: PlacementRules): PiecePlan[] {
  const { piecesMax = Number.POSITIVE_INFINITY, unreadable } = rules;
  const planned = new Map(targets.map(({ id }) => [id, 0]));
  const plans: PiecePlan[] = [];
  for (let pieceIndex = 0; pieceIndex < entry.pieces && plans.length < piecesMax; pieceIndex += 1) {
    const lacking = lackingCopies(entry, pieceIndex, rules);
    if (lacking <= 0 || !entry.reachable(pieceIndex) || unreadable?.has(pieceIndex)) continue;
    const size = pieceSize(entry.record, pieceIndex);
    const chosen = targets
      .map(({ id, freeBytes }, index) => {
        const used = planned.get(id) ?? 0;
        return { id, room: freeBytes - used, rank: (used + chance(entry, pieceIndex, index) * size) / freeBytes };
      })
      .filter(({ id, room }) => room >= size && !holds(entry, id, pieceIndex))
      .sort((a, b) => mends(entry, pieceIndex, b.id) - mends(entry, pieceIndex, a.id) || a.rank - b.rank)
      .slice(0, lacking);
    for (const { id } of chosen) planned.set(id, (planned.get(id) ?? 0) + size);
    if (chosen.length > 0) plans.push({ pieceIndex, targets: chosen.map(({ id }) => id) });
  }
  return plans;
}

/** From 0 to below 1, of the piece's hash: so that files of one piece do not all go to the same peers. */
function chance({ record }: TorrentEntry, pieceIndex: number, target: number): number {
  const hash = pieceHash(record, pieceIndex);
  return (hash[target % hash.length] ?? 0) / 256;
}

/** 1 when the peer's own copy is bad, else 0. */
function mends({ losses }: TorrentEntry, pieceIndex: number, id: PeerId): number {
  return Number(losses.holdersOf(pieceIndex).includes(id));
}

/** While what some peer has is not known, only copies that are known to be bad are lacking. */
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

/** The peers online that have a safe copy of the piece. */
export function safeHolders(entry: TorrentEntry, pieceIndex: number): PeerId[] {
  return [...entry.holdings].filter(([id, holding]) => isSafe(id, holding, pieceIndex)).map(([id]) => id);
}

/** How many there are, with those of the peers in `down`. */
export function safeCopies(entry: TorrentEntry, pieceIndex: number, down = nobodyDown.peers): number {
  let copies = 0;
  for (const [id, holding] of entry.holdings) if (isSafe(id, holding, pieceIndex, down)) copies += 1;
  return copies;
}

/** On a peer that is online, or in `down`; a copy that is only lent may change or go at any time. */
function isSafe(id: PeerId, holding: Readonly<Holding>, pieceIndex: number, down = nobodyDown.peers): boolean {
  return (
    id !== tempHolderId &&
    holding.kind === 'stored' &&
    holding.pieces.has(pieceIndex) &&
    (holding.online || down.has(id))
  );
}

function holds(entry: TorrentEntry, id: PeerId, pieceIndex: number): boolean {
  return entry.holdings.get(id)?.pieces.has(pieceIndex) ?? false;
}
