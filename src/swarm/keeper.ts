/**
 * Keeps files as they should be: enough safe copies of each piece, nothing in the temp store that peers have, nothing
 * anywhere of a file that was removed. One file is worked on by one task at a time, whoever asks.
 */
import type { FileId } from '../bytes/ids.ts';
import type { Log } from '../io/log.ts';
import type { Catalog } from './catalog.ts';
import { type DistributionContext, distribute, isDistributed } from './distribution.ts';
import type { FileEntry } from './file-entry.ts';
import type { StoringHolder } from './holder.ts';
import { tempHolderId } from './holder.ts';
import { KeyedLock } from './keyed-lock.ts';
import type { Ledger } from './ledger.ts';

export interface KeeperContext {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly temp: StoringHolder;
  readonly distribution: DistributionContext;
  readonly log: Log;
}

export class Keeper {
  readonly #context: KeeperContext;
  /** Held while a file's pieces are moved or its listing changes. */
  readonly #locks = new KeyedLock<FileId>();
  #repairing: Promise<void> | undefined;
  #repairAgain = false;

  constructor(context: KeeperContext) {
    this.#context = context;
  }

  /** Runs `work` while nobody else moves pieces of these files or changes their listing. */
  alone<Result>(ids: readonly FileId[], work: () => Promise<Result>): Promise<Result> {
    return this.#locks.runAll(ids, work);
  }

  /**
   * Puts every piece of `entry` on stable storage: on peers as far as there are any, else in the temp store, which must
   * have the rest already. The caller works alone on the file.
   */
  async place(entry: FileEntry): Promise<void> {
    const { distribution, temp } = this.#context;
    await this.#makeDurable(entry);
    await distribute(distribution, entry);
    if (!isDistributed(distribution, entry)) await temp.sync(entry.record.id);
  }

  /** Lets go of the temporary copy once peers have enough; never of a file that is only lent from where it is. */
  async releaseTemp(entry: FileEntry): Promise<void> {
    const held = entry.holdings.get(tempHolderId);
    if (held === undefined || held.shared || !isDistributed(this.#context.distribution, entry)) return;
    entry.removeHolder(tempHolderId);
    this.#context.catalog.touched();
    await this.#context.temp.drop(entry.record.id);
  }

  /**
   * A peer lists what it has stored, synced or not: a session that broke off, or a server that was killed, may have
   * left it pieces that only a SYNC makes durable. Whoever does not sync is not counted on.
   */
  async #makeDurable(entry: FileEntry): Promise<void> {
    const { distribution, catalog, log } = this.#context;
    const holders = distribution.targets().filter(({ id }) => entry.holdings.get(id)?.shared === false);
    await Promise.all(
      holders.map((holder) =>
        holder.sync(entry.record.id).catch((error: unknown) => {
          log.warn('swarm', `could not sync: ${String(error)}`, { file: entry.record.id, holder: holder.id });
          entry.removeHolder(holder.id);
          catalog.touched();
        }),
      ),
    );
  }

  /** Looks through all files for pieces with too few copies; soon, in the background, one file after the other. */
  repairSoon(): void {
    if (this.#repairing !== undefined) {
      this.#repairAgain = true;
      return;
    }
    this.#repairing = this.#repairAll().finally(() => {
      this.#repairing = undefined;
      if (this.#repairAgain) {
        this.#repairAgain = false;
        this.repairSoon();
      }
    });
  }

  /**
   * Repairs one file, now: settles when each of its pieces has all the copies it can have. Throws PieceUnavailable when
   * one of them turned out to be with nobody; called again, it does the others.
   */
  repair(entry: FileEntry): Promise<void> {
    return this.alone([entry.record.id], () => this.#repair(entry));
  }

  /** Settles when no repair is under way. */
  async idle(): Promise<void> {
    while (this.#repairing !== undefined) await this.#repairing;
  }

  /** Takes a file off the list, for good, and frees its space everywhere. False when it is not listed. */
  remove(id: FileId): Promise<boolean> {
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
  async abandon(entry: FileEntry): Promise<void> {
    this.#context.catalog.forget(entry);
    this.#context.ledger.abandon(entry.record.id);
    await this.#dropEverywhere(entry.record.id);
  }

  async #repairAll(): Promise<void> {
    for (const [index, entry] of [...this.#context.catalog.entries()].entries()) {
      if (index % 100 === 99) await new Promise(setImmediate); // ten thousand files must not hold everybody else up
      if (entry.availablePieces === 0) continue;
      await this.repair(entry).catch((error: unknown) =>
        this.#context.log.error('swarm', 'repair failed', { file: entry.record.id }, error),
      );
    }
  }

  async #repair(entry: FileEntry): Promise<void> {
    if (this.#context.catalog.get(entry.record.id) !== entry) return;
    if (entry.holdings.get(tempHolderId)?.shared === false) await this.#makeDurable(entry);
    await distribute(this.#context.distribution, entry);
    await this.releaseTemp(entry);
  }

  /** A peer that is away, or fails, is told when it comes back. */
  async #dropEverywhere(id: FileId): Promise<void> {
    const holders = [this.#context.temp, ...this.#context.distribution.targets()];
    await Promise.all(
      holders.map((holder) =>
        holder
          .drop(id)
          .catch((error: unknown) =>
            this.#context.log.warn('swarm', `could not drop a file: ${String(error)}`, { file: id, holder: holder.id }),
          ),
      ),
    );
  }
}
