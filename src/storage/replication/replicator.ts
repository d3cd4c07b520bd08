/**
 * Keeps files as they should be: enough safe copies of each piece, on peers that are about equally full; nothing in the
 * temp store that peers have; nothing anywhere of a file that was removed. One file is worked on by one task at a time,
 * whoever asks.
 *
 * A lost copy is replaced at once, in the background and at a limited rate; a peer that is only down is waited for
 * within its grace period (`down-peers.ts`). When nothing is lacking and nobody is waited for, copies move to peers
 * that have few.
 *
 * The replicator owns the locks of files and the background tasks. It has the work done by: `distribution.ts` (copies
 * pieces), `Durability` (syncs them), `FileRepair` (one repair of one file), `Rebalancer` (drops and moves copies).
 */

import { type Clock, delay } from '../../async/clock.ts';
import { CoalescedTask } from '../../async/coalesced-task.ts';
import { KeyedLock } from '../../async/keyed-lock.ts';
import type { RateLimit } from '../../async/rate-limit.ts';
import { yieldEvery } from '../../async/yield-every.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import type { DownWithinGrace } from '../holders/down-peers.ts';
import { type TempStore, tempHolderId } from '../holders/holder.ts';
import { type DistributionContext, distribute, isDistributed } from './distribution.ts';
import { Durability } from './durable.ts';
import { FileRepair } from './file-repair.ts';
import { InfoCopies } from './info-copies.ts';
import { Rebalancer } from './rebalancer.ts';
import { Restoration } from './restoration.ts';

/** The collaborators of the replicator. */
export interface ReplicatorContext {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly temp: TempStore;
  readonly distribution: DistributionContext;
  /** The peers that are waited for rather than replaced. */
  readonly down: () => DownWithinGrace;
  /** The limit of what is copied in the background, and not for an upload. */
  readonly rate: RateLimit;
  /** Called when copies were made of pieces that had too few. */
  readonly onRepaired: (copies: number) => void;
  /** Called when copies have gone from one peer to another. */
  readonly onMoved: (copies: number) => void;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
}

/** The time after which a repair that failed (a full disk, one that fails) is tried again, without being asked. */
const retryMs = 5 * 60_000;

/** Places, repairs, moves and removes the copies of all files. */
export class Replicator {
  readonly #context: ReplicatorContext;
  /** The locks of files, held while a file's pieces are moved or its listing changes. */
  readonly #locks = new KeyedLock<TorrentId>();
  readonly #durability: Durability;
  readonly #rebalancer: Rebalancer;
  readonly #restoration: Restoration;
  readonly #infos: InfoCopies;
  readonly #stopping = new AbortController();
  readonly #sweep = new CoalescedTask(() => this.#background(() => this.#repairAndRebalance()));
  readonly #repairs = new CoalescedTask(() => this.#background(() => this.#repairDamaged()));
  /** Files that have lost a copy, and were not repaired since. */
  readonly #damaged = new Set<TorrentId>();
  #retrying = false;

  constructor(context: ReplicatorContext) {
    const { catalog, distribution, temp, down, rate, onMoved, log } = context;
    const { signal } = this.#stopping;
    this.#context = context;
    this.#durability = new Durability(distribution.targets, temp, log);
    this.#restoration = new Restoration({ catalog, distribution, locks: this.#locks, signal, log });
    this.#infos = new InfoCopies({ catalog, peers: distribution.targets, signal, log });
    this.#rebalancer = new Rebalancer({
      catalog,
      distribution,
      locks: this.#locks,
      durability: this.#durability,
      rate,
      signal,
      interrupted: () => this.#sweep.requested || signal.aborted || down().peers.size > 0,
      onMoved,
    });
  }

  /** Runs `work` while nobody else moves pieces of these files or changes their listing. */
  alone<Result>(ids: readonly TorrentId[], work: () => Promise<Result>): Promise<Result> {
    return this.#locks.runAll(ids, work);
  }

  /**
   * Puts every piece of `entry` on stable storage: on peers as far as there are any, else in the temp store, which must
   * have the rest already. The caller works alone on the file.
   */
  async place(entry: TorrentEntry): Promise<void> {
    const { distribution } = this.#context;
    await this.#durability.syncPeers(entry);
    do {
      await distribute(distribution, entry);
      // Beside the sync, so that nobody waits for it: peers take it once they have pieces.
    } while (!(await Promise.all([this.#durability.syncPeers(entry), this.#infos.give(entry)]))[0]);
    if (isDistributed(distribution, entry)) return;
    await Promise.all([this.#durability.syncTemp(entry), this.#infos.giveTo(this.#context.temp, entry)]);
  }

  /**
   * Whether every piece of `entry` is on stable storage already; what could not be synced is not counted on any more.
   * The caller works alone on the file.
   */
  async isKept(entry: TorrentEntry): Promise<boolean> {
    if (!entry.stored) return false;
    if (entry.isStoredAt(tempHolderId)) await this.#durability.syncTemp(entry);
    await this.#durability.syncPeers(entry);
    return entry.stored;
  }

  /** Drops the temporary copy once peers have enough; never a file that is only lent from where it is. */
  async dropTemp(entry: TorrentEntry): Promise<void> {
    if (!entry.isStoredAt(tempHolderId)) return;
    await this.#durability.syncPeers(entry);
    if (!isDistributed(this.#context.distribution, entry)) return;
    entry.removeHolder(tempHolderId);
    await this.#context.temp.release(entry.record.id);
  }

  /** Asks for a repair of all files, one after the other, and for rebalancing after it; in the background. */
  repairAllSoon(): void {
    if (!this.#stopping.signal.aborted) this.#sweep.request();
  }

  /** Asks for the repair of a file that has lost a copy, ahead of all others; in the background. */
  repairSoon(id: TorrentId): void {
    this.#damaged.add(id);
    if (!this.#stopping.signal.aborted) this.#repairs.request();
  }

  /**
   * Gives each piece of a file all the copies it can have. Throws PieceUnavailable, at the end, when one of them turned
   * out to be with nobody; an AbortError once the replicator is stopped.
   */
  async repair(entry: TorrentEntry, failed = new Set<PeerId>()): Promise<void> {
    const repair = new FileRepair(this.#context.distribution, entry, failed);
    for (;;) {
      const bytes = await this.alone([entry.record.id], () => this.#repairSome(entry, repair));
      if (bytes === undefined) return repair.assertReadable();
      await this.#context.rate.spent(bytes, this.#stopping.signal);
    }
  }

  /** Begins nothing more in the background. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Settles when nothing is under way in the background. */
  async idle(): Promise<void> {
    while (this.#repairs.running || this.#sweep.running) {
      await this.#repairs.idle();
      await this.#sweep.idle();
    }
  }

  /** Takes a file off the list, for good, and frees its space everywhere. False when it is not listed. */
  remove(id: TorrentId): Promise<boolean> {
    return this.alone([id], async () => {
      const entry = this.#context.catalog.get(id);
      if (entry === undefined) return false;
      await this.#context.ledger.removeFile(id);
      this.#context.catalog.remove(id);
      await this.#dropEverywhere(id);
      return true;
    });
  }

  /** Clears away a file that did not come in after all. The caller works alone on it. */
  async abandon(entry: TorrentEntry): Promise<void> {
    this.#context.catalog.forget(entry);
    this.#context.ledger.abandon(entry.record.id);
    await this.#dropEverywhere(entry.record.id);
  }

  /** Runs `work`, whose failure is logged and goes no further; being stopped is no failure. */
  async #background(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#context.log.error('swarm', 'looking after the files failed', {}, error);
    });
  }

  async #repairAndRebalance(): Promise<void> {
    await this.#restoration.run();
    const failed = new Set<PeerId>();
    const repaired = (await this.#repairAll(failed)) && failed.size === 0;
    if (!repaired) this.#retryLater();
    await this.#infos.run();
    if (this.#context.down().peers.size > 0) return;
    const trimmed = await this.#rebalancer.trim();
    if (repaired) await this.#rebalancer.move();
    else if (trimmed > 0) this.repairAllSoon(); // there may be room now
  }

  /** Repairs all files; false when something could not be repaired. */
  async #repairAll(failed: Set<PeerId>): Promise<boolean> {
    let repaired = true;
    for await (const entry of yieldEvery(this.#context.catalog.entries())) {
      this.#stopping.signal.throwIfAborted();
      const nothingKnown = this.#context.down().unheard && entry.losses.none;
      if (entry.availablePieces === 0 || nothingKnown) continue;
      repaired = (await this.#tryRepair(entry, failed)) && repaired;
    }
    return repaired;
  }

  async #repairDamaged(): Promise<void> {
    for (const id of this.#damaged) {
      this.#damaged.delete(id);
      const entry = this.#context.catalog.get(id);
      if (entry !== undefined && !(await this.#tryRepair(entry, new Set()))) this.#retryLater();
    }
  }

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    const again = (): void => {
      this.#retrying = false;
      this.repairAllSoon();
    };
    // It fails only when the replicator is stopped.
    delay(this.#context.clock, retryMs, this.#stopping.signal).then(again, () => {});
  }

  async #tryRepair(entry: TorrentEntry, failed: Set<PeerId>): Promise<boolean> {
    try {
      await this.repair(entry, failed);
      return true;
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      this.#context.log.error('swarm', 'repair failed', { file: entry.record.id }, error);
      return false;
    }
  }

  /** Makes one step of a repair: the bytes that were copied, or undefined when there is nothing left to do. */
  async #repairSome(entry: TorrentEntry, repair: FileRepair): Promise<number | undefined> {
    if (this.#context.catalog.get(entry.record.id) !== entry) return undefined;
    if (entry.isStoredAt(tempHolderId)) await this.#durability.syncPeers(entry);
    const copied = await repair.step(this.#context.down());
    if (copied === undefined) {
      await this.dropTemp(entry);
      return undefined;
    }
    if (copied.copies > 0) this.#context.onRepaired(copied.copies);
    return copied.bytes;
  }

  /** Has all holders drop a file. A peer that is down, or fails, is told when it comes back. */
  async #dropEverywhere(id: TorrentId): Promise<void> {
    const { temp, distribution, ledger, log } = this.#context;
    await Promise.all(
      [temp, ...distribution.targets()].map((holder) =>
        holder.drop(id).then(
          () => ledger.dropped(id, holder.id),
          (error: unknown) =>
            log.warn('swarm', `could not drop a file: ${String(error)}`, { file: id, holder: holder.id }),
        ),
      ),
    );
  }
}
