/** The topic `transfers`: transfers that begin, go on and end. */
import type { EventView } from '../../protocols/api/event-types.ts';
import type { TransferView } from '../../protocols/api/types.ts';
import { Change, differs, type Source } from './change.ts';

/** The time between two events of one transfer: a bar that moves twice a second is smooth enough. */
const progressMs = 500;

interface Told {
  readonly view: TransferView;
  readonly toldMs: number;
}

/** Finds changes of `TransferView`s. */
export class TransferChanges implements Source {
  readonly topic = 'transfers';
  readonly #transfers: () => readonly TransferView[];
  #told = new Map<string, Told>();

  /** `transfers` gives the transfers under way. */
  constructor(transfers: () => readonly TransferView[]) {
    this.#transfers = transfers;
  }

  begin(): void {
    this.#told = new Map(this.#transfers().map((view) => [view.id, { view, toldMs: Number.NEGATIVE_INFINITY }]));
  }

  *changes(nowMs: number): Generator<Change> {
    const before = this.#told;
    this.#told = new Map();
    for (const view of this.#transfers()) {
      const known = before.get(view.id);
      const due = known === undefined || (nowMs >= known.toldMs + progressMs && differs(known.view, view));
      this.#told.set(view.id, due ? { view, toldMs: nowMs } : known);
      if (due) yield change(view, { event: 'transfer', data: view });
      before.delete(view.id);
    }
    for (const { view } of before.values()) yield change(view, { event: 'transfer-ended', data: { id: view.id } });
  }

  end(): void {
    this.#told.clear();
  }

  /** All transfers under way: they are few, and a subscriber that asked for them later would find them over. */
  *present(file: string | undefined): Generator<Change> {
    for (const { view } of this.#told.values()) {
      if (file === undefined || view.file === file) yield change(view, { event: 'transfer', data: view });
    }
  }
}

function change({ id, file }: TransferView, view: EventView): Change {
  return new Change('transfers', `transfer ${id}`, file, () => view);
}
