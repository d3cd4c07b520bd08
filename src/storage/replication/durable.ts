/**
 * Makes sure that the copies which are counted on are on stable storage. A peer lists what it has stored, synced or
 * not: a session that broke off, or a server that was killed, may have left it pieces that only a SYNC makes durable.
 */
import type { Log } from '../../io/log.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { type StoringHolder, tempHolderId } from '../holders/holder.ts';

export interface DurabilityContext {
  readonly distribution: { readonly targets: () => readonly StoringHolder[] };
  readonly temp: StoringHolder;
  readonly log: Log;
}

/**
 * Has every peer that is counted on for `entry` sync it, those that come meanwhile too. Whoever does not sync is not
 * counted on any more; then the answer is false.
 */
export async function makeDurable(context: DurabilityContext, entry: TorrentEntry): Promise<boolean> {
  const asked = new Set<StoringHolder>();
  let durable = true;
  for (;;) {
    const holders = context.distribution
      .targets()
      .filter((holder) => !asked.has(holder) && entry.isStoredAt(holder.id));
    if (holders.length === 0) return durable;
    for (const holder of holders) asked.add(holder);
    const synced = await Promise.all(holders.map((holder) => syncOne(context, entry, holder)));
    durable &&= synced.every(Boolean);
  }
}

async function syncOne({ log }: DurabilityContext, entry: TorrentEntry, holder: StoringHolder): Promise<boolean> {
  try {
    await holder.sync(entry.record.id);
    return true;
  } catch (error) {
    log.warn('swarm', `could not sync: ${String(error)}`, { file: entry.record.id, holder: holder.id });
    entry.removeHolder(holder.id);
    return false;
  }
}

/** The same for the temp store; what it cannot sync it has given up. Fails with a HolderError. */
export async function syncTemp({ temp }: DurabilityContext, entry: TorrentEntry): Promise<void> {
  try {
    await temp.sync(entry.record.id);
  } catch (error) {
    entry.removeHolder(tempHolderId);
    throw error;
  }
}
