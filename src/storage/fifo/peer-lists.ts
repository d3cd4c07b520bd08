/**
 * The lists of pieces that storage peers send: told to the catalog, and compared with what was removed while the peer
 * was away, which it is told to drop.
 */
import { errorText } from '../../bytes/coded-error.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import { type HeldFile, HolderError } from '../holders/holder.ts';
import type { PeerSession } from './known-peers.ts';

/** The size of a peer's list. */
export interface Registered {
  readonly files: number;
  readonly pieces: number;
}

/** Takes the lists of peers. */
export class PeerLists {
  readonly #catalog: Pick<Catalog, 'setHoldings'>;
  readonly #ledger: Pick<Ledger, 'listed' | 'wasRemoved' | 'dropped'>;
  readonly #log: Log;

  constructor(
    catalog: Pick<Catalog, 'setHoldings'>,
    ledger: Pick<Ledger, 'listed' | 'wasRemoved' | 'dropped'>,
    log: Log,
  ) {
    this.#catalog = catalog;
    this.#ledger = ledger;
    this.#log = log;
  }

  /** Tells the catalog what the peer has, and the peer to drop what was removed. */
  take(session: PeerSession, held: readonly HeldFile[]): Registered {
    const { id } = session;
    this.#ledger.listed(id, idsOf(held));
    const unlisted: TorrentId[] = [];
    for (const file of this.#catalog.setHoldings(id, held)) {
      if (!this.#ledger.wasRemoved(file)) {
        unlisted.push(file);
        continue;
      }
      session.drop(file).then(
        () => this.#ledger.dropped(file, id),
        (error: unknown) =>
          this.#log.warn('ipc', `a peer did not drop a removed file: ${errorText(error)}`, { peer: id, file }),
      );
    }
    if (unlisted.length > 0)
      this.#log.info('ipc', 'a peer has files that are not listed here', { peer: id, ...shownFiles(unlisted) });
    let pieces = 0;
    for (const { parts } of held) for (const { first, last } of parts) pieces += last - first + 1;
    return { files: held.length, pieces };
  }
}

function* idsOf(held: readonly HeldFile[]): Generator<TorrentId> {
  for (const { file } of held) yield file;
}

/** Ids of files in one line of the log. */
const filesShown = 5;

/** The fields of a log line about any number of files: a peer that comes from another server has thousands. */
export function shownFiles(files: readonly TorrentId[]): { readonly count: number; readonly files: string } {
  const more = files.length > filesShown ? ' …' : '';
  return { count: files.length, files: `${files.slice(0, filesShown).join(' ')}${more}` };
}

/** Asks a peer for its list; undefined when it does not answer. */
export async function listIfAlive(session: PeerSession): Promise<HeldFile[] | undefined> {
  try {
    return await session.list();
  } catch (error) {
    if (error instanceof HolderError) return undefined;
    throw error;
  }
}
