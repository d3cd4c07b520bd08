/**
 * Copies pieces to the peers that placement chose, until every piece has its safe copies or nobody is left to take
 * them.
 *
 * A copy counts only once its peer has synced it: before that, a power loss could take it away again.
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import { pieceHash, pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { type FetchContext, withPiece } from '../fetch/fetch.ts';
import type { HolderError, StoringHolder } from '../holders/holder.ts';
import type { Transfer, Transfers } from '../holders/transfers.ts';
import { type PiecePlan, placedSafely, planPlacement } from './placement.ts';

/** The collaborators of whoever copies pieces to peers, and the limits. */
export interface DistributionContext {
  readonly fetch: FetchContext;
  /** The peers that can take pieces now. */
  readonly targets: () => readonly StoringHolder[];
  /** Whether a peer has copies that it cannot read; nobody has when absent. */
  readonly isSick?: (id: PeerId) => boolean;
  /** The number of safe copies wanted of each piece. */
  readonly replicas: number;
  /** The number of bytes of one file that may be on the way to peers. */
  readonly windowBytes: number;
  readonly transfers: Transfers;
  readonly log: Log;
}

/**
 * Gives each piece of `entry` its copies. Settles when that is done or cannot be done any better; a peer that fails is
 * left out and others are asked. Throws PieceUnavailable when a piece cannot be read from anyone.
 */
export async function distribute(context: DistributionContext, entry: TorrentEntry): Promise<void> {
  const failed = new Set<PeerId>();
  for (;;) {
    const targets = usableTargets(context, failed);
    const plans = planPlacement(entry, targets, { replicas: context.replicas });
    if (plans.length === 0) return;
    context.log.info('split', 'placing', { file: entry.record.id, pieces: plans.length, peers: targets.length });
    const { unreadable } = await copyPieces(context, entry, plans, { failed, goOn: false });
    for (const error of unreadable.values()) throw error;
  }
}

/** The rules of one round of copying. */
export interface CopyOptions {
  /** Peers that take nothing; those that fail are added. */
  readonly failed: Set<PeerId>;
  /** Whether the others are still to be copied when a piece cannot be read. */
  readonly goOn: boolean;
}

/** The outcome of one round of copying. */
export interface Copied {
  /** The number of copies that were made and are safe, and their bytes. */
  readonly copies: number;
  readonly bytes: number;
  /** The pieces that could not be read from anyone, each with the error. */
  readonly unreadable: ReadonlyMap<number, unknown>;
}

/** Copies the pieces of `entry` to the peers that `plans` names. A copy counts in `entry` once it is synced. */
export async function copyPieces(
  context: DistributionContext,
  entry: TorrentEntry,
  plans: readonly PiecePlan[],
  options: CopyOptions,
): Promise<Copied> {
  const transfer = beginCopy(context.transfers, entry, plans);
  try {
    return await new Round(context, entry, options, transfer).run(plans);
  } finally {
    transfer.end();
  }
}

function beginCopy(transfers: Transfers, { record }: TorrentEntry, plans: readonly PiecePlan[]): Transfer {
  const { id: file, name } = record;
  const peer = [...new Set(plans.flatMap(({ targets }) => targets))].sort().join(', ');
  const length = plans.reduce(
    (sum, { pieceIndex, targets }) => sum + pieceSize(record, pieceIndex) * targets.length,
    0,
  );
  return transfers.begin({ kind: 'copy', file, name, peer, length });
}

/** Whether every piece has all the safe copies it can have with the peers there are now. */
export function isDistributed(context: DistributionContext, entry: TorrentEntry): boolean {
  return placedSafely(entry, usableTargets(context, new Set()), context.replicas);
}

/**
 * The peers that a piece may be given to. A peer that cannot read some of its copies is given more only where there are
 * fewer others than wanted copies.
 */
export function usableTargets(context: DistributionContext, failed: ReadonlySet<PeerId>): StoringHolder[] {
  const usable = context.targets().filter(({ id, freeBytes }) => freeBytes > 0 && !failed.has(id));
  const well = usable.filter(({ id }) => context.isSick?.(id) !== true);
  return well.length >= context.replicas ? well : usable;
}

/** One round of copying: everything is stored, everyone synced, and what is safe counted. */
class Round {
  readonly #context: DistributionContext;
  readonly #entry: TorrentEntry;
  readonly #file: TorrentId;
  readonly #options: CopyOptions;
  readonly #transfer: Transfer;
  readonly #holders: ReadonlyMap<PeerId, StoringHolder>;
  /** The pieces that each peer has taken, and may not have synced yet. */
  readonly #stored: ReadonlyMap<PeerId, number[]>;
  readonly #unreadable = new Map<number, unknown>();
  #copies = 0;
  #bytes = 0;

  constructor(context: DistributionContext, entry: TorrentEntry, options: CopyOptions, transfer: Transfer) {
    this.#context = context;
    this.#entry = entry;
    this.#file = entry.record.id;
    this.#options = options;
    this.#transfer = transfer;
    this.#holders = new Map(context.targets().map((target) => [target.id, target]));
    this.#stored = new Map([...this.#holders.keys()].map((id) => [id, []]));
  }

  async run(plans: readonly PiecePlan[]): Promise<Copied> {
    const queue = plans.values();
    const work = async (): Promise<void> => {
      for (const plan of queue) {
        if (this.#unreadable.size > 0 && !this.#options.goOn) return;
        await this.#copy(plan).catch((error: unknown) => this.#unreadable.set(plan.pieceIndex, error));
      }
    };
    const workers = Math.max(1, Math.floor(this.#context.windowBytes / this.#entry.record.pieceLength));
    // All of them must have stopped before anyone hears of a failure: what is cleared away then must stay away.
    await Promise.all(Array.from({ length: Math.min(workers, plans.length) }, work));
    await Promise.all([...this.#stored].map(([id, parts]) => this.#sync(id, parts)));
    return { copies: this.#copies, bytes: this.#bytes, unreadable: this.#unreadable };
  }

  #copy({ pieceIndex, targets }: PiecePlan): Promise<void> {
    return withPiece(this.#context.fetch, this.#entry, pieceIndex, async (bytes) => {
      await Promise.all(targets.map((id) => this.#store(id, pieceIndex, bytes)));
    });
  }

  async #store(id: PeerId, pieceIndex: number, bytes: Uint8Array): Promise<void> {
    const holder = this.#holders.get(id);
    if (holder === undefined || this.#options.failed.has(id)) return;
    const { record } = this.#entry;
    const sha1 = Buffer.from(pieceHash(record, pieceIndex)).toString('hex');
    try {
      await holder.storePiece(this.#file, {
        pieceIndex: pieceIndex,
        offset: pieceOffset(record, pieceIndex),
        sha1,
        bytes,
      });
      this.#stored.get(id)?.push(pieceIndex);
      this.#transfer.add(bytes.length);
    } catch (error) {
      this.#leaveOut(id, error);
    }
  }

  async #sync(id: PeerId, parts: readonly number[]): Promise<void> {
    if (parts.length === 0 || this.#options.failed.has(id)) return;
    try {
      await this.#holders.get(id)?.sync(this.#file);
      for (const pieceIndex of parts) this.#count(id, pieceIndex);
    } catch (error) {
      // The peer has dropped them; a list that it sent meanwhile may have named them.
      for (const pieceIndex of parts) this.#entry.removePiece(id, pieceIndex);
      this.#leaveOut(id, error);
    }
  }

  #count(id: PeerId, pieceIndex: number): void {
    this.#entry.addPiece(id, pieceIndex);
    this.#copies += 1;
    this.#bytes += pieceSize(this.#entry.record, pieceIndex);
  }

  /** Gives the peer no more pieces. */
  #leaveOut(id: PeerId, error: unknown): void {
    this.#options.failed.add(id);
    const { code, message } = error as HolderError;
    this.#context.log.warn('split', `a peer does not take pieces: ${message}`, { file: this.#file, holder: id, code });
  }
}
