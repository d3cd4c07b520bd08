/** The topic `pieces`: the pieces that each holder gains and loses of each file, and whether the holder is online. */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { PieceRange } from '../../bytes/pieces.ts';
import type { PiecesView } from '../../protocols/api/event-types.ts';
import { encodeParts } from '../../protocols/ipc/parts.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { kindOf } from '../views/build-views.ts';
import { Change, type Source } from './change.ts';
import { type EntryChange, EntryWatch } from './entry-watch.ts';

/** Ranges in one event: with more it would be longer than 10 KB, and be sent again with each piece. */
const rangesMax = 1000;

/** The collaborators of the source. */
export interface PiecesContext {
  readonly catalog: Catalog;
  /** The holders that are online. */
  readonly holders: { get(id: PeerId): unknown };
}

/** Finds changes of holdings. */
export class PieceChanges implements Source {
  readonly topic = 'pieces';
  readonly #context: PiecesContext;
  /** The holders of each file at the last look. */
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

/** The holders whose holding has changed since the last look, or is gone. */
function* changedHolders({ entry, before = [], after = [], since }: EntryChange<readonly PeerId[]>): Generator<PeerId> {
  for (const id of before) if (!hasSomething(entry, id)) yield id;
  for (const id of after) if ((entry?.holdings.get(id)?.version ?? 0) > since) yield id;
}

function whoHasSomething(entry: TorrentEntry): PeerId[] {
  const ids: PeerId[] = [];
  for (const [id, { pieces }] of entry.holdings) if (pieces.count > 0) ids.push(id);
  return ids;
}

/** Whether the holder has some piece: a holding may be empty. */
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

function partsOf(ranges: Iterable<PieceRange>): string | null {
  const some: PieceRange[] = [];
  for (const range of ranges) if (some.push(range) > rangesMax) return null;
  return encodeParts(some);
}
