/**
 * The repair of one file: copies of pieces that have too few, made in steps so small that an upload or a delete of the
 * same file need not wait for long. The `Replicator` decides about locks, pauses and what comes after.
 */
import type { PeerId } from '../../bytes/ids.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import type { DownWithinGrace } from '../holders/down-peers.ts';
import { type Copied, copyPieces, type DistributionContext, usableTargets } from './distribution.ts';
import { planPlacement } from './placement.ts';

/** The number of bytes of one file that are copied, or looked at, before others may have their turn at it. */
const stepBytes = 8 * 1024 * 1024;

/** The number of pieces of `entry` that are dealt with in one step: at least one. */
export function piecesPerStep({ record }: TorrentEntry): number {
  return Math.max(1, Math.floor(stepBytes / record.pieceLength));
}

/** One repair of one file. */
export class FileRepair {
  readonly #distribution: DistributionContext;
  readonly #entry: TorrentEntry;
  readonly #failed: Set<PeerId>;
  readonly #unreadable = new Map<number, unknown>();

  /** The peers in `failed` are given nothing; those that fail are added. */
  constructor(distribution: DistributionContext, entry: TorrentEntry, failed: Set<PeerId>) {
    this.#distribution = distribution;
    this.#entry = entry;
    this.#failed = failed;
  }

  /** Makes some of the copies that are lacking; undefined when none is, or nobody can give or take it. */
  async step(down: DownWithinGrace): Promise<Copied | undefined> {
    const targets = usableTargets(this.#distribution, this.#failed);
    const plans = planPlacement(this.#entry, targets, {
      replicas: this.#distribution.replicas,
      down,
      unreadable: this.#unreadable,
      piecesMax: piecesPerStep(this.#entry),
    });
    if (plans.length === 0) return undefined;
    this.#distribution.log.info('swarm', 'repairing', { file: this.#entry.record.id, pieces: plans.length });
    const copied = await copyPieces(this.#distribution, this.#entry, plans, { failed: this.#failed, goOn: true });
    for (const [pieceIndex, error] of copied.unreadable) this.#unreadable.set(pieceIndex, error);
    return copied;
  }

  /** Throws the error of a piece that turned out to be with nobody, if there is one. */
  assertReadable(): void {
    for (const error of this.#unreadable.values()) throw error;
  }
}
