/**
 * Has peers bring back what they were told to drop and put aside, of listed files that are short of copies: the server
 * that told them may have had an old backup of its metadata. It comes before any copy is made anew, and before a file
 * is given up as unavailable.
 */
import type { KeyedLock } from '../../async/keyed-lock.ts';
import { yieldEvery } from '../../async/yield-every.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { HolderError, type StoringHolder } from '../holders/holder.ts';
import type { DistributionContext } from './distribution.ts';

/** The collaborators of the restoration. */
export interface RestorationContext {
  readonly catalog: Catalog;
  readonly distribution: Pick<DistributionContext, 'targets' | 'replicas'>;
  readonly locks: KeyedLock<TorrentId>;
  /** Ends the work. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export class Restoration {
  readonly #context: RestorationContext;
  /** The files that a peer was asked for in its session: what it did not have aside then it does not have. */
  readonly #asked = new WeakMap<StoringHolder, Set<TorrentId>>();

  constructor(context: RestorationContext) {
    this.#context = context;
  }

  /** Goes through all files once; nothing is done while no peer has anything aside. Never fails but by the signal. */
  async run(): Promise<void> {
    if (this.#able().length === 0) return;
    let files = 0;
    for await (const entry of yieldEvery(this.#context.catalog.entries())) {
      this.#context.signal.throwIfAborted();
      if (await this.#restore(entry)) files += 1;
    }
    if (files > 0) this.#context.log.warn('swarm', 'peers brought back files that they were told to drop', { files });
  }

  /** The peers that have something aside. */
  #able(): StoringHolder[] {
    return this.#context.distribution.targets().filter(({ asideFiles = 0 }) => asideFiles > 0);
  }

  async #restore(entry: TorrentEntry): Promise<boolean> {
    let restored = false;
    for (const holder of this.#able()) {
      if (!this.#isShort(entry)) break;
      if (this.#begin(holder, entry.record.id)) restored = (await this.#ask(holder, entry)) || restored;
    }
    return restored;
  }

  #isShort(entry: TorrentEntry): boolean {
    return entry.pieces > 0 && (!entry.stored || entry.replicas < this.#context.distribution.replicas);
  }

  /** Notes that the peer is asked for the file; false when it was asked before. */
  #begin(holder: StoringHolder, id: TorrentId): boolean {
    const asked = this.#asked.get(holder) ?? new Set();
    this.#asked.set(holder, asked);
    return !asked.has(id) && asked.add(id).has(id);
  }

  /** Asks a peer, while nobody else moves pieces of the file or takes it off the list. */
  #ask(holder: StoringHolder, entry: TorrentEntry): Promise<boolean> {
    const { catalog, locks, log } = this.#context;
    const { id } = entry.record;
    return locks.run(id, async () => {
      if (catalog.get(id) !== entry) return false;
      try {
        const held = await holder.restore?.(id);
        if (held === undefined || held.file !== id) return false;
        for (const { first, last } of held.parts)
          for (let pieceIndex = first; pieceIndex <= last && pieceIndex < entry.pieces; pieceIndex += 1)
            entry.addPiece(holder.id, pieceIndex, held.shared ? 'lent' : 'stored');
        return true;
      } catch (error) {
        if (!(error instanceof HolderError)) throw error;
        log.warn('swarm', `a peer did not bring back a file: ${error.message}`, { peer: holder.id, file: id });
        return false;
      }
    });
  }
}
