/** Files that are listed, that change, and that are removed. */
import type { FileId } from '../../bytes/ids.ts';
import type { Catalog } from '../../swarm/catalog.ts';
import { fileView } from '../build-views.ts';
import type { EventView } from '../event-views.ts';
import type { FileView } from '../views.ts';
import { Change, differs, type Source } from './change.ts';
import { EntryWatch } from './entry-watch.ts';

export class FileChanges implements Source {
  readonly topic = 'files';
  readonly #catalog: Catalog;
  readonly #watch: EntryWatch<FileView>;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#watch = new EntryWatch(catalog, fileView);
  }

  begin(): void {
    this.#watch.catchUp();
  }

  /** Most of what happens to holdings shows nowhere in the view: a copy more of a piece that is not the rarest. */
  *changes(): Generator<Change> {
    for (const { id, before, after } of this.#watch.look()) {
      if (after === undefined) yield change(id, { event: 'file-removed', data: { id } });
      else if (before === undefined || differs(before, after)) yield change(id, { event: 'file', data: after });
    }
  }

  end(): void {
    this.#watch.forget();
  }

  *present(file: string | undefined): Generator<Change> {
    const entry = this.#catalog.get(file as FileId);
    if (entry !== undefined) yield change(entry.record.id, { event: 'file', data: fileView(entry) });
  }
}

function change(id: FileId, view: EventView): Change {
  return new Change('files', `file ${id}`, id, () => view);
}
