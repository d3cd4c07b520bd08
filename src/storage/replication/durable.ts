/**
 * Makes sure that the copies which are counted on are on stable storage. A peer lists what it has stored, synced or
 * not: a session that broke off, or a server that was killed, may have left it pieces that only a SYNC makes durable.
 */
import type { Log } from '../../io/log.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { type StoringHolder, tempHolderId } from '../holders/holder.ts';

/** Has holders sync a file; a holder that does not is counted on no more. */
export class Durability {
  readonly #targets: () => readonly StoringHolder[];
  readonly #temp: StoringHolder;
  readonly #log: Log;

  /** `targets`: the peers that are online. */
  constructor(targets: () => readonly StoringHolder[], temp: StoringHolder, log: Log) {
    this.#targets = targets;
    this.#temp = temp;
    this.#log = log;
  }

  /** Has every peer that is counted on for `entry` sync it, those that come meanwhile too; false when one did not. */
  async syncPeers(entry: TorrentEntry): Promise<boolean> {
    const asked = new Set<StoringHolder>();
    let durable = true;
    for (;;) {
      const holders = this.#targets().filter((holder) => !asked.has(holder) && entry.isStoredAt(holder.id));
      if (holders.length === 0) return durable;
      for (const holder of holders) asked.add(holder);
      const synced = await Promise.all(holders.map((holder) => this.#syncPeer(entry, holder)));
      durable &&= synced.every(Boolean);
    }
  }

  /** Has the temp store sync `entry`. Fails with a HolderError. */
  async syncTemp(entry: TorrentEntry): Promise<void> {
    try {
      await this.#temp.sync(entry.record.id);
    } catch (error) {
      entry.removeHolder(tempHolderId);
      throw error;
    }
  }

  async #syncPeer(entry: TorrentEntry, holder: StoringHolder): Promise<boolean> {
    try {
      await holder.sync(entry.record.id);
      return true;
    } catch (error) {
      this.#log.warn('swarm', `could not sync: ${String(error)}`, { file: entry.record.id, holder: holder.id });
      entry.removeHolder(holder.id);
      return false;
    }
  }
}
