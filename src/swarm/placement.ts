/**
 * Which peers should get a copy of which piece. Pure.
 *
 * `replicas` copies of each piece on different peers, evenly by free space; where there are fewer peers than replicas,
 * as many as there are. A copy that is only lent (`--share`) or in the server's own temp store does not count as safe.
 */
import type { PeerId } from '../bytes/ids.ts';
import { pieceSize } from '../protocols/metainfo/types.ts';
import type { FileEntry } from './file-entry.ts';
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

/**
 * The pieces that have too few safe copies, each with the peers that should get one. Pieces that nobody (else) can take
 * are left out.
 */
export function planPlacement(entry: FileEntry, targets: readonly Target[], replicas: number): PiecePlan[] {
  const free = new Map(targets.map(({ id, freeBytes }) => [id, freeBytes]));
  const plans: PiecePlan[] = [];
  for (let part = 0; part < entry.pieces; part += 1) {
    const lacking = replicas - safeCopies(entry, part);
    if (lacking <= 0 || !entry.reachable(part)) continue;
    const size = pieceSize(entry.record, part);
    const chosen = [...free]
      .filter(([id, bytes]) => bytes >= size && !holds(entry, id, part))
      .sort((a, b) => b[1] - a[1])
      .slice(0, lacking);
    for (const [id, bytes] of chosen) free.set(id, bytes - size);
    if (chosen.length > 0) plans.push({ part, targets: chosen.map(([id]) => id) });
  }
  return plans;
}

/** Whether every piece has a safe copy, and as many of them as `targets` allow. */
export function placedSafely(entry: FileEntry, targets: readonly Target[], replicas: number): boolean {
  for (let part = 0; part < entry.pieces; part += 1) if (safeCopies(entry, part) === 0) return false;
  return planPlacement(entry, targets, replicas).length === 0;
}

/** On peers that are online; a copy that is only lent may change or go at any time. */
function safeCopies(entry: FileEntry, part: number): number {
  let copies = 0;
  for (const [id, holding] of entry.holdings) {
    if (id !== tempHolderId && holding.online && !holding.shared && holding.pieces.has(part)) copies += 1;
  }
  return copies;
}

function holds(entry: FileEntry, id: PeerId, part: number): boolean {
  return entry.holdings.get(id)?.pieces.has(part) ?? false;
}
