/**
 * Carries out what `balance.ts` plans: surplus copies are dropped, and copies move from the fullest peers to those that
 * are much less full. A copy is dropped only when enough others are known to be good: a new one was verified on its way
 * and is synced; where there is no new one, those that stay are read from their disks and hashed first.
 *
 *     move      STORE_PART to p3, SYNC at p3      now it counts      DROP_PART at p1, SYNC at p1
 *     trim      VERIFY_PART at p2 and p3          all is well        DROP_PART at p1, SYNC at p1
 */

import type { KeyedLock } from '../../async/keyed-lock.ts';
import type { RateLimit } from '../../async/rate-limit.ts';
import { yieldEvery } from '../../async/yield-every.ts';
import { errorText } from '../../bytes/coded-error.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { HolderError, type StoringHolder } from '../holders/holder.ts';
import { CopyVerifier } from '../scrub/copy-verifier.ts';
import { type BalanceRules, Levels, type Move, planMoves, planTrims } from './balance.ts';
import { copyPieces, type DistributionContext } from './distribution.ts';
import type { Durability } from './durable.ts';
import { piecesPerStep } from './file-repair.ts';
import { safeCopies, safeHolders } from './placement.ts';

/** The collaborators of the rebalancer, which it shares with the `Replicator` that runs it. */
export interface RebalancerContext {
  readonly catalog: Catalog;
  readonly distribution: DistributionContext;
  /** The locks of files: held while pieces of a file are moved. */
  readonly locks: KeyedLock<TorrentId>;
  readonly durability: Durability;
  /** The limit of the bytes that are read or written. */
  readonly rate: RateLimit;
  /** Ends the work, which fails then. */
  readonly signal: AbortSignal;
  /** Whether something else has to be done first: the work ends then, and does not fail. */
  readonly interrupted: () => boolean;
  /** Called for copies that have moved. */
  readonly onMoved: (copies: number) => void;
}

/** The outcome of one step: the number of copies that were dropped, the bytes that it took, and the next piece. */
interface Step {
  readonly dropped: number;
  readonly bytes: number;
  readonly next: number;
}

type StepWork = (entry: TorrentEntry, levels: Levels, rules: BalanceRules) => Promise<Step>;

/** Drops surplus copies and moves others, file by file. */
export class Rebalancer {
  readonly #context: RebalancerContext;
  /** Peers that have said that they cannot drop single pieces. */
  readonly #cannotDropPieces = new Set<PeerId>();

  readonly #verifier: CopyVerifier;

  constructor(context: RebalancerContext) {
    this.#context = context;
    this.#verifier = new CopyVerifier(context.catalog, context.distribution.fetch.lostCopies);
  }

  /** Drops surplus copies. Answers how many were dropped. */
  trim(): Promise<number> {
    return this.#untilSettled((entry, levels, rules) => this.#trimSome(entry, levels, rules));
  }

  /** Moves copies until no peer is much less full than the others. Answers how many moved. */
  move(): Promise<number> {
    return this.#untilSettled((entry, levels, rules) => this.#moveSome(entry, levels, rules));
  }

  async #untilSettled(work: StepWork): Promise<number> {
    let dropped = 0;
    for (;;) {
      const before = dropped;
      const levels = await this.#measure();
      for await (const entry of yieldEvery(this.#context.catalog.entries())) {
        if (this.#context.interrupted()) return dropped;
        dropped += await this.#inSteps(entry, levels, work);
      }
      if (dropped === before) return dropped;
    }
  }

  async #inSteps(entry: TorrentEntry, levels: Levels, work: StepWork): Promise<number> {
    const { locks, catalog, distribution, interrupted, rate, signal } = this.#context;
    let dropped = 0;
    for (let first = 0; first < entry.pieces && !interrupted(); ) {
      const rules = {
        replicas: distribution.replicas,
        first,
        movesMax: piecesPerStep(entry),
        cannotDropPieces: this.#cannotDropPieces,
      };
      const step = await locks.run(entry.record.id, async () =>
        catalog.get(entry.record.id) === entry ? work(entry, levels, rules) : nothingLeft(entry),
      );
      dropped += step.dropped;
      first = step.next;
      await rate.spent(step.bytes, signal);
    }
    return dropped;
  }

  async #trimSome(entry: TorrentEntry, levels: Levels, rules: BalanceRules): Promise<Step> {
    if (!hasSurplus(entry, rules)) return nothingLeft(entry);
    await this.#context.durability.syncPeers(entry);
    const trims = planTrims(entry, levels, rules);
    const good: Move[] = [];
    for (const trim of trims) if (await this.#othersAreGood(entry, trim)) good.push(trim);
    const dropped = await this.#dropCopies(entry, good);
    const bytes = trims.reduce((sum, { pieceIndex }) => sum + pieceSize(entry.record, pieceIndex) * rules.replicas, 0);
    return { dropped, bytes, next: nextPiece(entry, trims, rules) };
  }

  async #moveSome(entry: TorrentEntry, levels: Levels, rules: BalanceRules): Promise<Step> {
    const { distribution, durability, onMoved } = this.#context;
    const moves = planMoves(entry, levels, rules);
    if (moves.length === 0) return nothingLeft(entry);
    distribution.log.info('swarm', 'rebalancing', { file: entry.record.id, pieces: moves.length });
    const plans = moves.map(({ pieceIndex, to }) => ({ pieceIndex, targets: [to] }));
    const { bytes } = await copyPieces(distribution, entry, plans, { failed: new Set(), goOn: true });
    await durability.syncPeers(entry);
    const made = moves.filter(({ pieceIndex, to }) => safeHolders(entry, pieceIndex).includes(to));
    const dropped = await this.#dropCopies(entry, made);
    onMoved(dropped);
    return { dropped, bytes, next: nextPiece(entry, moves, rules) };
  }

  /** Whether every copy that stays is read and hashed well by who has it; one that is not is lost. */
  async #othersAreGood(entry: TorrentEntry, { pieceIndex, from }: Move): Promise<boolean> {
    const others = this.#online(safeHolders(entry, pieceIndex).filter((id) => id !== from));
    const faults = await Promise.all(others.map((holder) => this.#verifier.verify(entry, pieceIndex, holder)));
    return faults.every((fault) => fault === undefined);
  }

  /** Has peers drop copies, as far as enough others are left. Answers how many were dropped. */
  async #dropCopies(entry: TorrentEntry, moves: readonly Move[]): Promise<number> {
    const donors = new Set<StoringHolder>();
    let dropped = 0;
    for (const { pieceIndex, from } of moves) {
      const [donor] = this.#online([from]);
      if (donor === undefined || this.#cannotDropPieces.has(from)) continue;
      if (safeCopies(entry, pieceIndex) <= this.#context.distribution.replicas) continue;
      if (!(await this.#dropPiece(entry, pieceIndex, donor))) continue;
      donors.add(donor);
      dropped += 1;
    }
    await Promise.all([...donors].map((donor) => this.#syncDropped(entry, donor)));
    return dropped;
  }

  /** Has a peer drop a piece, which nobody asks it for from here on; if it goes away meanwhile, its list will tell. */
  async #dropPiece(entry: TorrentEntry, pieceIndex: number, donor: StoringHolder): Promise<boolean> {
    entry.removePiece(donor.id, pieceIndex);
    try {
      await donor.dropPiece(entry.record.id, pieceIndex);
      return true;
    } catch (error) {
      this.#warn(entry, donor, error);
      if (!(error instanceof HolderError && error.code === 'unsupported')) return false;
      this.#cannotDropPieces.add(donor.id);
      entry.addPiece(donor.id, pieceIndex);
      return false;
    }
  }

  async #syncDropped(entry: TorrentEntry, donor: StoringHolder): Promise<void> {
    await donor.sync(entry.record.id).catch((error: unknown) => this.#warn(entry, donor, error));
  }

  #warn({ record }: TorrentEntry, { id }: StoringHolder, error: unknown): void {
    const message = `a peer did not give up pieces: ${errorText(error)}`;
    this.#context.distribution.log.warn('swarm', message, { file: record.id, holder: id });
  }

  #online(ids: readonly PeerId[]): StoringHolder[] {
    return this.#context.distribution.targets().filter(({ id }) => ids.includes(id));
  }

  /** Measures how full the peers are now: what else is on their disks changes without our doing. */
  async #measure(): Promise<Levels> {
    const { targets, isSick } = this.#context.distribution;
    await Promise.all(targets().map((target) => target.measureFreeBytes().catch(() => 0))); // it is gone; so be it
    // A peer that cannot read what it has neither gets more nor gives away copies that nobody has seen.
    const well = targets().filter(({ id }) => isSick?.(id) !== true);
    return new Levels(this.#context.catalog.entries(), well);
  }
}

function hasSurplus(entry: TorrentEntry, { replicas, first }: BalanceRules): boolean {
  for (let pieceIndex = first; pieceIndex < entry.pieces; pieceIndex += 1)
    if (safeCopies(entry, pieceIndex) > replicas) return true;
  return false;
}

function nothingLeft(entry: TorrentEntry): Step {
  return { dropped: 0, bytes: 0, next: entry.pieces };
}

/** The piece after the last move: each piece is tried once in a pass, whatever comes of it. */
function nextPiece(entry: TorrentEntry, moves: readonly Move[], { movesMax }: BalanceRules): number {
  return moves.length < movesMax ? entry.pieces : (moves.at(-1)?.pieceIndex ?? entry.pieces) + 1;
}
