/**
 * Copies pieces to the peers that placement chose, until every piece has its safe copies or nobody is left to take
 * them.
 *
 * A copy counts only once its peer has synced it: before that, a power loss could take it away again.
 */
import type { FileId, PeerId } from '../bytes/ids.ts';
import type { Log } from '../io/log.ts';
import { pieceHash, pieceOffset } from '../protocols/metainfo/types.ts';
import { type FetchContext, withPiece } from './fetch.ts';
import type { FileEntry } from './file-entry.ts';
import type { HolderError, StoringHolder } from './holder.ts';
import { type PiecePlan, placedSafely, planPlacement } from './placement.ts';

export interface DistributionContext {
  readonly fetch: FetchContext;
  /** The peers that can take pieces now. */
  readonly targets: () => readonly StoringHolder[];
  /** Safe copies wanted of each piece. */
  readonly replicas: number;
  /** Bytes of one file that may be on the way to peers. */
  readonly windowBytes: number;
  readonly log: Log;
}

/**
 * Gives each piece of `entry` its copies. Settles when that is done or cannot be done any better; a peer that fails is
 * left out and others are asked. Throws PieceUnavailable when a piece cannot be read from anyone.
 */
export async function distribute(context: DistributionContext, entry: FileEntry): Promise<void> {
  const failed = new Set<PeerId>();
  for (;;) {
    const targets = usableTargets(context, failed);
    const plans = planPlacement(entry, targets, context.replicas);
    if (plans.length === 0) return;
    context.log.info('split', 'placing', { file: entry.record.id, pieces: plans.length, peers: targets.length });
    await new Round(context, entry, targets, failed).run(plans);
  }
}

/** Whether every piece has all the safe copies it can have with the peers there are now. */
export function isDistributed(context: DistributionContext, entry: FileEntry): boolean {
  return placedSafely(entry, usableTargets(context, new Set()), context.replicas);
}

function usableTargets(context: DistributionContext, failed: ReadonlySet<PeerId>): StoringHolder[] {
  return context.targets().filter(({ id, freeBytes }) => freeBytes > 0 && !failed.has(id));
}

/** One pass over a plan: store everything, sync everyone, count what is safe. */
class Round {
  readonly #context: DistributionContext;
  readonly #entry: FileEntry;
  readonly #file: FileId;
  readonly #holders: ReadonlyMap<PeerId, StoringHolder>;
  readonly #failed: Set<PeerId>;
  /** What each peer has taken, and may not have synced yet. */
  readonly #stored: ReadonlyMap<PeerId, number[]>;

  constructor(context: DistributionContext, entry: FileEntry, targets: StoringHolder[], failed: Set<PeerId>) {
    this.#context = context;
    this.#entry = entry;
    this.#file = entry.record.id;
    this.#holders = new Map(targets.map((target) => [target.id, target]));
    this.#failed = failed;
    this.#stored = new Map(targets.map(({ id }) => [id, []]));
  }

  async run(plans: readonly PiecePlan[]): Promise<void> {
    const queue = plans.values();
    let failure: unknown;
    const work = async (): Promise<void> => {
      for (const plan of queue) {
        if (failure !== undefined) return;
        await this.#copy(plan).catch((error: unknown) => {
          failure = error;
        });
      }
    };
    const workers = Math.max(1, Math.floor(this.#context.windowBytes / this.#entry.record.pieceLength));
    // All of them must have stopped before anyone hears of a failure: what is cleared away then must stay away.
    await Promise.all(Array.from({ length: Math.min(workers, plans.length) }, work));
    if (failure !== undefined) throw failure;
    await Promise.all([...this.#stored].map(([id, parts]) => this.#sync(id, parts)));
    this.#context.fetch.catalog.touched();
  }

  #copy({ part, targets }: PiecePlan): Promise<void> {
    return withPiece(this.#context.fetch, this.#entry, part, async (bytes) => {
      await Promise.all(targets.map((id) => this.#store(id, part, bytes)));
    });
  }

  async #store(id: PeerId, part: number, bytes: Uint8Array): Promise<void> {
    if (this.#failed.has(id)) return;
    const { record } = this.#entry;
    const sha1 = Buffer.from(pieceHash(record, part)).toString('hex');
    try {
      await this.#holder(id).storePiece(this.#file, { part, offset: pieceOffset(record, part), sha1, bytes });
      this.#stored.get(id)?.push(part);
    } catch (error) {
      this.#giveUp(id, error);
    }
  }

  async #sync(id: PeerId, parts: readonly number[]): Promise<void> {
    if (parts.length === 0 || this.#failed.has(id)) return;
    try {
      await this.#holder(id).sync(this.#file);
      for (const part of parts) this.#entry.addPiece(id, part);
    } catch (error) {
      this.#giveUp(id, error);
    }
  }

  #giveUp(id: PeerId, error: unknown): void {
    this.#failed.add(id);
    const { code, message } = error as HolderError;
    this.#context.log.warn('split', `a peer does not take pieces: ${message}`, { file: this.#file, holder: id, code });
  }

  #holder(id: PeerId): StoringHolder {
    const holder = this.#holders.get(id);
    if (holder === undefined) throw new Error(`${id} is not among the targets`);
    return holder;
  }
}
