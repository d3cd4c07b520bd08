/** What each holder has of each file: the pieces that it gains and loses, and whether it is there. */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { PartRange } from '../../bytes/pieces.ts';
import type { PiecesView } from '../../protocols/api/event-types.ts';
import { encodeParts } from '../../protocols/ipc/parts.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { kindOf } from '../views/build-views.ts';
import { Change, type Source } from './change.ts';
import { type EntryChange, EntryWatch } from './entry-watch.ts';

/** An event of more would be longer than 10 KB, and come again with every piece. */
const rangesMax = 1000;

export interface PiecesContext {
  readonly catalog: Catalog;
  /** Those that are online. */
  readonly holders: { get(id: PeerId): unknown };
}

export class PieceChanges implements Source {
  readonly topic = 'pieces';
  readonly #context: PiecesContext;
  /** It remembers who had something. */
  readonly #watch: EntryWatch<readonly PeerId[]>;

  constructor(context: PiecesContext) {
    this.#context = context;
    this.#watch = new EntryWatch(context.catalog, whoHasSomething);
  }

  begin(): void {
    this.#watch.catchUp();
  }

  *changes(): Generator<Change> {
    for (const change of this.#watch.look()) {
      for (const holder of changedHolders(change)) yield this.#change(change.id, holder);
    }
  }

  end(): void {
    this.#watch.forget();
  }

  *present(file: string | undefined): Generator<Change> {
    const entry = this.#context.catalog.get(file as TorrentId);
    if (entry === undefined) return;
    for (const holder of whoHasSomething(entry)) yield this.#change(entry.record.id, holder);
  }

  #change(file: TorrentId, holder: PeerId): Change {
    const data = (): PiecesView => piecesView(this.#context, file, holder);
    return new Change('pieces', `pieces ${file} ${holder}`, file, () => ({ event: 'pieces', data: data() }));
  }
}

/** Those whose holding is another than at the last look, or not there any more. */
function* changedHolders({ entry, before = [], after = [], since }: EntryChange<readonly PeerId[]>): Generator<PeerId> {
  for (const id of before) if (!hasSomething(entry, id)) yield id;
  for (const id of after) if ((entry?.holdings.get(id)?.version ?? 0) > since) yield id;
}

function whoHasSomething(entry: TorrentEntry): PeerId[] {
  const ids: PeerId[] = [];
  for (const [id, { pieces }] of entry.holdings) if (pieces.count > 0) ids.push(id);
  return ids;
}

/** A holding may be empty. */
function hasSomething(entry: TorrentEntry | undefined, id: PeerId): boolean {
  return (entry?.holdings.get(id)?.pieces.count ?? 0) > 0;
}

function piecesView({ catalog, holders }: PiecesContext, file: TorrentId, peer: PeerId): PiecesView {
  const holding = catalog.get(file)?.holdings.get(peer);
  const online = holding?.online ?? holders.get(peer) !== undefined;
  return {
    file,
    peer,
    kind: kindOf(peer),
    state: online ? 'online' : 'offline',
    pieces: holding?.pieces.count ?? 0,
    seed: holding?.pieces.full ?? false,
    parts: partsOf(holding?.pieces.ranges() ?? []),
  };
}

function partsOf(ranges: Iterable<PartRange>): string | null {
  const some: PartRange[] = [];
  for (const range of ranges) if (some.push(range) > rangesMax) return null;
  return encodeParts(some);
}
