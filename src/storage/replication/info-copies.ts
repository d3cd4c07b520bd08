/**
 * Gives every holder the info dictionaries of the files that it stores pieces of, so that losing the ledger can be
 * survived (`catalog/rebuild.ts` has the way back). A holder that knows no such thing is left alone.
 */
import type { Log } from '../../io/log.ts';
import { encodeInfo } from '../../protocols/metainfo/write.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { HolderError, type StoringHolder } from '../holders/holder.ts';

/** The collaborators. */
export interface InfoCopiesContext {
  readonly catalog: Pick<Catalog, 'get'>;
  /** The peers that are online. */
  readonly peers: () => readonly StoringHolder[];
  readonly signal: AbortSignal;
  readonly log: Log;
}

export class InfoCopies {
  readonly #context: InfoCopiesContext;

  constructor(context: InfoCopiesContext) {
    this.#context = context;
  }

  /** Gives the dictionary of one file to the peers that store pieces of it. Never fails. */
  async give(entry: TorrentEntry): Promise<void> {
    const holders = this.#context.peers().filter(({ id }) => entry.isStoredAt(id));
    await Promise.all(holders.map((holder) => this.giveTo(holder, entry)));
  }

  /** Gives what holders said they lack. Never fails but by the signal. */
  async run(): Promise<void> {
    for (const holder of this.#context.peers()) {
      for (const id of [...(holder.lackingInfo ?? [])]) {
        this.#context.signal.throwIfAborted();
        const entry = this.#context.catalog.get(id);
        if (entry !== undefined) await this.giveTo(holder, entry);
      }
    }
  }

  /** Gives the dictionary of one file to a holder that stores pieces of it. Never fails. */
  async giveTo(holder: StoringHolder, entry: TorrentEntry): Promise<void> {
    const { id } = entry.record;
    try {
      await holder.storeInfo?.(id, encodeInfo(entry.record));
    } catch (error) {
      if (!(error instanceof HolderError)) throw error;
      this.#context.log.debug('swarm', `no info dictionary given: ${error.message}`, { peer: holder.id, file: id });
    }
  }
}
