/**
 * Decides which peers should drop copies, and which should get them, so that peers are equally full. Pure.
 *
 * A peer's fullness is the bytes that it holds for us, of those and the bytes that it can still take. Peers that share
 * a disk can take the same, so what they hold decides. A peer that is much less full than all together (a new one) is
 * filled up to the mean from those above it. A move is made only when it brings the two nearer to each other by at
 * least one piece; so the moving ends, and nothing goes to and fro.
 */
import type { PeerId } from '../../bytes/ids.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import { heldBytes, type TorrentEntry } from '../catalog/torrent-entry.ts';
import { safeCopies, safeHolders, type Target } from './placement.ts';

/** The distance below the mean from which a peer is filled up; one that is nearer may stay as it is. */
const hysteresis = 0.1;

interface Level {
  heldBytes: number;
  readonly capacityBytes: number;
}

/** The fullness of each peer, kept up to date as copies are planned to go. */
export class Levels {
  readonly #levels = new Map<PeerId, Level>();
  readonly #capacityBytes: number;
  #heldBytes = 0;
  /** The peers that are to be filled up. */
  readonly #filling: readonly PeerId[];

  /** The levels of the peers `targets`, by what they store of `entries`. */
  constructor(entries: Iterable<TorrentEntry>, targets: readonly Target[]) {
    const held = new Map(targets.map(({ id }) => [id, 0]));
    for (const entry of entries) {
      for (const [id, { kind }] of entry.holdings) {
        const before = held.get(id);
        if (before !== undefined && kind === 'stored') held.set(id, before + heldBytes(entry, id));
      }
    }
    for (const { id, freeBytes } of targets) {
      const bytes = held.get(id) ?? 0;
      this.#levels.set(id, { heldBytes: bytes, capacityBytes: bytes + freeBytes });
      this.#heldBytes += bytes;
    }
    this.#capacityBytes = [...this.#levels.values()].reduce((sum, { capacityBytes }) => sum + capacityBytes, 0);
    this.#filling = [...this.#levels.keys()].filter((id) => this.room(id) > hysteresis * this.#fairShare(id));
  }

  /** The peers much less full than the mean when this was made. */
  get filling(): readonly PeerId[] {
    return this.#filling;
  }

  /** The fullness of a peer, from 0 to 1. */
  fullness(id: PeerId): number {
    const { heldBytes: held, capacityBytes } = this.#level(id);
    return capacityBytes === 0 ? 1 : held / capacityBytes;
  }

  /** The number of bytes that the peer holds less than its share; negative when it holds more. */
  room(id: PeerId): number {
    return this.#fairShare(id) - this.#level(id).heldBytes;
  }

  add(id: PeerId, bytes: number): void {
    this.#level(id).heldBytes += bytes;
    this.#heldBytes += bytes;
  }

  #fairShare(id: PeerId): number {
    return this.#capacityBytes === 0 ? 0 : (this.#level(id).capacityBytes / this.#capacityBytes) * this.#heldBytes;
  }

  #level(id: PeerId): Level {
    return this.#levels.get(id) ?? { heldBytes: 0, capacityBytes: 0 };
  }
}

/** A copy that one peer drops; with `to`, once that peer has it. */
export interface Move {
  readonly pieceIndex: number;
  readonly from: PeerId;
  readonly to?: PeerId;
}

/** The rules of balancing one file. */
export interface BalanceRules {
  /** The number of safe copies of each piece that are left at least. */
  readonly replicas: number;
  /** The first piece that is looked at. */
  readonly first: number;
  /** The largest number of moves that are planned. */
  readonly movesMax: number;
  /** The peers that cannot drop single pieces. */
  readonly cannotDropPieces: ReadonlySet<PeerId>;
}

/** The copies to drop beyond `replicas`, each of the fullest peer: a peer came back after its pieces were replaced. */
export function planTrims(entry: TorrentEntry, levels: Levels, rules: BalanceRules): Move[] {
  const trims: Move[] = [];
  for (let pieceIndex = rules.first; pieceIndex < entry.pieces && trims.length < rules.movesMax; pieceIndex += 1) {
    if (safeCopies(entry, pieceIndex) <= rules.replicas) continue;
    const donors = safeHolders(entry, pieceIndex).filter((id) => !rules.cannotDropPieces.has(id));
    const from = fullest(donors, levels);
    if (from === undefined) continue;
    levels.add(from, -pieceSize(entry.record, pieceIndex));
    trims.push({ pieceIndex, from });
  }
  return trims;
}

/** The copies that should go from peers above the mean to those that are to be filled up. */
export function planMoves(entry: TorrentEntry, levels: Levels, rules: BalanceRules): Required<Move>[] {
  const moves: Required<Move>[] = [];
  if (levels.filling.length === 0) return moves;
  for (let pieceIndex = rules.first; pieceIndex < entry.pieces && moves.length < rules.movesMax; pieceIndex += 1) {
    const size = pieceSize(entry.record, pieceIndex);
    if (safeCopies(entry, pieceIndex) < rules.replicas) continue;
    const donors = safeHolders(entry, pieceIndex).filter(
      (id) => !rules.cannotDropPieces.has(id) && levels.room(id) < 0,
    );
    const takers = levels.filling.filter((id) => levels.room(id) > 0 && canTake(entry, id, pieceIndex));
    const [from, to] = [fullest(donors, levels), emptiest(takers, levels)];
    if (from === undefined || to === undefined) continue;
    // The gap becomes less by two pieces; a smaller one would open again, to the other side.
    if (levels.room(to) - levels.room(from) < 1.5 * size) continue;
    levels.add(from, -size);
    levels.add(to, size);
    moves.push({ pieceIndex, from, to });
  }
  return moves;
}

/** Whether a piece may be added to what the peer has; not to a file that it lends, which is its own affair. */
function canTake({ holdings, losses }: TorrentEntry, id: PeerId, pieceIndex: number): boolean {
  const holding = holdings.get(id);
  if (holding === undefined) return true;
  return holding.kind === 'stored' && !holding.pieces.has(pieceIndex) && losses.fault(id, pieceIndex) === undefined;
}

function fullest(ids: readonly PeerId[], levels: Levels): PeerId | undefined {
  return greatest(ids, (id) => levels.fullness(id));
}

function emptiest(ids: readonly PeerId[], levels: Levels): PeerId | undefined {
  return greatest(ids, (id) => -levels.fullness(id));
}

function greatest(ids: readonly PeerId[], measure: (id: PeerId) => number): PeerId | undefined {
  let best: PeerId | undefined;
  for (const id of ids) if (best === undefined || measure(id) > measure(best)) best = id;
  return best;
}
