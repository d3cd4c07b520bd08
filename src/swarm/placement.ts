/**
 * Which peers should get a copy of which piece. Pure.
 *
 * `replicas` copies of each piece on different peers, evenly by free space; where there are fewer peers than replicas,
 * as many as there are. A copy that is only lent (`--share`) or in the server's own temp store does not count as safe.
 */
import type { PeerId } from '../bytes/ids.ts';
import { pieceSize } from '../protocols/metainfo/types.ts';
import { nobodyReturning, type Returning } from './absences.ts';
import type { FileEntry, Holding } from './file-entry.ts';
import { tempHolderId } from './holder.ts';

/** A peer that can take pieces now. */
export interface Target {
  readonly id: PeerId;
  readonly freeBytes: number;
}

export interface PiecePlan {
  readonly part: number;
  readonly targets: readonly PeerId[];
}

export interface PlacementRules {
  /** Safe copies wanted of each piece. */
  readonly replicas: number;
  /** Peers that are waited for rather than replaced; nobody when absent. */
  readonly returning?: Returning;
  /** Pieces that cannot be read. */
  readonly unreadable?: { has(part: number): boolean };
  /** No more pieces than these are planned for. */
  readonly piecesMax?: number;
}

/**
 * The pieces that have too few safe copies, each with the peers that should get one. Pieces that nobody (else) can take
 * are left out. A peer whose own copy went bad comes first: it is mended by what is stored in its place.
 */
export function planPlacement(entry: FileEntry, targets: readonly Target[], rules: PlacementRules): PiecePlan[] {
  const { piecesMax = Number.POSITIVE_INFINITY, unreadable } = rules;
  const free = new Map(targets.map(({ id, freeBytes }) => [id, freeBytes]));
  const plans: PiecePlan[] = [];
  for (let part = 0; part < entry.pieces && plans.length < piecesMax; part += 1) {
    const lacking = lackingCopies(entry, part, rules);
    if (lacking <= 0 || !entry.reachable(part) || unreadable?.has(part)) continue;
    const size = pieceSize(entry.record, part);
    const losers = entry.losses.holdersOf(part);
    const chosen = [...free]
      .filter(([id, bytes]) => bytes >= size && !holds(entry, id, part))
      .sort((a, b) => Number(losers.includes(b[0])) - Number(losers.includes(a[0])) || b[1] - a[1])
      .slice(0, lacking);
    for (const [id, bytes] of chosen) free.set(id, bytes - size);
    if (chosen.length > 0) plans.push({ part, targets: chosen.map(([id]) => id) });
  }
  return plans;
}

/** While what some peer has is not known, only copies that are known to be bad are lacking. */
function lackingCopies(
  entry: FileEntry,
  part: number,
  { replicas, returning = nobodyReturning }: PlacementRules,
): number {
  const lacking = replicas - safeCopies(entry, part, returning.peers);
  return returning.unheard ? Math.min(lacking, entry.losses.holdersOf(part).length) : lacking;
}

/** Whether every piece has a safe copy, and as many of them as `targets` allow. */
export function placedSafely(entry: FileEntry, targets: readonly Target[], replicas: number): boolean {
  for (let part = 0; part < entry.pieces; part += 1) {
    if (safeCopies(entry, part, nobodyReturning.peers) === 0) return false;
  }
  return planPlacement(entry, targets, { replicas, piecesMax: 1 }).length === 0;
}

/** The peers online that have a safe copy of the piece. */
export function safeHolders(entry: FileEntry, part: number): PeerId[] {
  return [...entry.holdings].filter(([id, holding]) => isSafe(id, holding, part)).map(([id]) => id);
}

function safeCopies(entry: FileEntry, part: number, returning: ReadonlySet<PeerId>): number {
  let copies = 0;
  for (const [id, holding] of entry.holdings) if (isSafe(id, holding, part, returning)) copies += 1;
  return copies;
}

/** On a peer that is online, or in `returning`; a copy that is only lent may change or go at any time. */
function isSafe(id: PeerId, holding: Readonly<Holding>, part: number, returning = nobodyReturning.peers): boolean {
  return id !== tempHolderId && !holding.shared && holding.pieces.has(part) && (holding.online || returning.has(id));
}

function holds(entry: FileEntry, id: PeerId, part: number): boolean {
  return entry.holdings.get(id)?.pieces.has(part) ?? false;
}
