/** The topic `files`: files that are listed, that change, and that are removed. */
import type { TorrentId } from '../../bytes/ids.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry, TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import { fileView } from '../views/build-views.ts';
import { Change, differs, type Source } from './change.ts';
import { EntryWatch } from './entry-watch.ts';

/** Everything that a `FileView` is made from: quicker to make than the view, and smaller. */
interface FileFacts {
  readonly record: TorrentRecord;
  readonly availablePieces: number;
  readonly replicas: number;
  readonly seeds: number;
}

/** Finds changes of `FileView`s. */
export class FileChanges implements Source {
  readonly topic = 'files';
  readonly #catalog: Catalog;
  readonly #watch: EntryWatch<FileFacts>;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#watch = new EntryWatch(catalog, factsOf);
  }

  begin(): void {
    this.#watch.catchUp();
  }

  /** The changes that show in the view: most changes of holdings do not, such as a copy of a piece that is not rare. */
  *changes(): Generator<Change> {
    for (const { id, entry, before, after } of this.#watch.look()) {
      if (entry === undefined) yield removed(id);
      else if (before === undefined || after === undefined || differs(before, after)) yield changed(entry);
    }
  }

  end(): void {
    this.#watch.forget();
  }

  *present(file: string | undefined): Generator<Change> {
    const entry = this.#catalog.get(file as TorrentId);
    if (entry !== undefined) yield changed(entry);
  }
}

function factsOf({ record, availablePieces, replicas, seeds }: TorrentEntry): FileFacts {
  return { record, availablePieces, replicas, seeds };
}

function changed(entry: TorrentEntry): Change {
  const { id } = entry.record;
  return new Change('files', `file ${id}`, id, () => ({ event: 'file', data: fileView(entry) }));
}

function removed(id: TorrentId): Change {
  return new Change('files', `file ${id}`, id, () => ({ event: 'file-removed', data: { id } }));
}
