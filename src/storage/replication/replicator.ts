/**
 * Keeps files as they should be: enough safe copies of each piece, on peers that are about equally full; nothing in the
 * temp store that peers have; nothing anywhere of a file that was removed. One file is worked on by one task at a time,
 * whoever asks.
 *
 * What is lost for good is replaced at once, in the background and at a limited rate; a peer that is only away is
 * waited for (`downPeers.ts`). When nothing is lacking and nobody is waited for, copies move to peers that have few.
 */

import { type Clock, delay } from '../../async/clock.ts';
import { CoalescedTask } from '../../async/coalesced-task.ts';
import { KeyedLock } from '../../async/keyed-lock.ts';
import type { RateLimit } from '../../async/rate-limit.ts';
import { yieldEvery } from '../../async/yield-every.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import type { DownWithinGrace } from '../holders/down-peers.ts';
import { tempHolderId } from '../holders/holder.ts';
import { type DistributionContext, distribute, isDistributed } from './distribution.ts';
import { type DurabilityContext, makeDurable, syncTemp } from './durable.ts';
import { FileRepair } from './file-repair.ts';
import { Rebalancer } from './rebalancer.ts';

export interface ReplicatorContext extends DurabilityContext {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly distribution: DistributionContext;
  /** The peers that are waited for rather than replaced. */
  readonly down: () => DownWithinGrace;
  /** What is copied in the background, and not for an upload. */
  readonly rate: RateLimit;
  /** Called when copies were made of pieces that had too few. */
  readonly onRepaired: (copies: number) => void;
  /** Called when copies have gone from one peer to another. */
  readonly onMoved: (copies: number) => void;
  readonly clock: Pick<Clock, 'after'>;
}

/** What could not be repaired (a full disk, one that fails) is tried again after this time, without being asked. */
const retryMs = 5 * 60_000;

export class Replicator {
  readonly #context: ReplicatorContext;
  /** Held while a file's pieces are moved or its listing changes. */
  readonly #locks = new KeyedLock<TorrentId>();
  readonly #stopping = new AbortController();
  readonly #rebalancer: Rebalancer;
  readonly #sweep = new CoalescedTask(() => this.#background(() => this.#lookAfterAll()));
  readonly #mending = new CoalescedTask(() => this.#background(() => this.#mend()));
  /** Files that have lost a copy, and were not looked after since. */
  readonly #hurt = new Set<TorrentId>();
  #retrying = false;

  constructor(context: ReplicatorContext) {
    this.#context = context;
    this.#rebalancer = new Rebalancer({
      ...context,
      alone: (id, work) => this.alone([id], work),
      makeDurable: (entry) => makeDurable(context, entry),
      pace: (bytes) => this.#pace(bytes),
      interrupted: () => this.#sweep.requested || this.#stopping.signal.aborted || context.down().peers.size > 0,
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
    await makeDurable(this.#context, entry);
    do {
      await distribute(distribution, entry);
    } while (!(await makeDurable(this.#context, entry)));
    if (!isDistributed(distribution, entry)) await syncTemp(this.#context, entry);
  }

  /**
   * Whether every piece of `entry` is on stable storage already; what could not be synced is not counted on any more.
   * The caller works alone on the file.
   */
  async isKept(entry: TorrentEntry): Promise<boolean> {
    if (!entry.stored) return false;
    if (entry.isStoredAt(tempHolderId)) await syncTemp(this.#context, entry);
    await makeDurable(this.#context, entry);
    return entry.stored;
  }

  /** Lets go of the temporary copy once peers have enough; never of a file that is only lent from where it is. */
  async releaseTemp(entry: TorrentEntry): Promise<void> {
    if (!entry.isStoredAt(tempHolderId)) return;
    await makeDurable(this.#context, entry);
    if (!isDistributed(this.#context.distribution, entry)) return;
    entry.removeHolder(tempHolderId);
    await this.#context.temp.drop(entry.record.id);
  }

  /** Looks after all files; soon, in the background, one after the other. */
  repairAllSoon(): void {
    if (!this.#stopping.signal.aborted) this.#sweep.request();
  }

  /** Looks after a file that has lost a copy, ahead of all others. */
  repairSoon(id: TorrentId): void {
    this.#hurt.add(id);
    if (!this.#stopping.signal.aborted) this.#mending.request();
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
      await this.#pace(bytes);
    }
  }

  /** Begins nothing more in the background. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Settles when nothing is under way in the background. */
  async idle(): Promise<void> {
    while (this.#mending.running || this.#sweep.running) {
      await this.#mending.idle();
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

  /** Whatever happens in the background ends there; being stopped is no failure. */
  async #background(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#context.log.error('swarm', 'looking after the files failed', {}, error);
    });
  }

  async #lookAfterAll(): Promise<void> {
    const failed = new Set<PeerId>();
    const repaired = (await this.#repairAll(failed)) && failed.size === 0;
    if (!repaired) this.#retryLater();
    if (this.#context.down().peers.size > 0) return;
    const trimmed = await this.#rebalancer.trim();
    if (repaired) await this.#rebalancer.move();
    else if (trimmed > 0) this.repairAllSoon(); // there may be room now
  }

  /** False when something could not be repaired. */
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

  async #mend(): Promise<void> {
    for (const id of this.#hurt) {
      this.#hurt.delete(id);
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

  /** One step of a repair: the bytes that were copied, or undefined when there is nothing left to do. */
  async #repairSome(entry: TorrentEntry, repair: FileRepair): Promise<number | undefined> {
    if (this.#context.catalog.get(entry.record.id) !== entry) return undefined;
    if (entry.isStoredAt(tempHolderId)) await makeDurable(this.#context, entry);
    const copied = await repair.step(this.#context.down());
    if (copied === undefined) {
      await this.releaseTemp(entry);
      return undefined;
    }
    if (copied.copies > 0) this.#context.onRepaired(copied.copies);
    return copied.bytes;
  }

  #pace(bytes: number): Promise<void> {
    return this.#context.rate.spent(bytes, this.#stopping.signal);
  }

  /** A peer that is away, or fails, is told when it comes back. */
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
