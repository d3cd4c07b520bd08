/**
 * The order in which requests for the same file take effect. All of a server's requests are worked on at once, but it
 * may send a second one before it has the reply to the first, and must find what it would find had it waited:
 *
 *     STORE_PART 0, STORE_PART 1, SYNC, GET_PART 0, DROP_FILE, STORE_PART 2
 *
 * The two pieces are stored side by side; SYNC and GET_PART wait for both; DROP_FILE waits for all before it, and all
 * after it wait for DROP_FILE. LIST_PARTS (`stored`) waits for the pieces, which takes the disk some milliseconds, but
 * never for a transfer.
 *
 * Shortcut: DROP_PART is ordered as if it dropped all of the file. Pieces are seldom dropped, and what has to be waited
 * for are the few transfers under way.
 */
import type { TorrentId } from '../bytes/ids.ts';

/**
 * The kinds of work: storing a piece; using what was stored before (reading it, making it durable); dropping the file,
 * or a piece.
 */
export type FileWork = 'store' | 'use' | 'drop';

const waitsFor: Readonly<Record<FileWork, readonly FileWork[]>> = {
  store: ['drop'],
  use: ['store', 'drop'],
  drop: ['store', 'use', 'drop'],
};

interface FileState {
  /** The number of works that have not ended. */
  count: number;
  /** A promise for each kind, which settles, and never fails, when all work of that kind so far has ended. */
  readonly ended: Record<FileWork, Promise<unknown>>;
}

export class FileOrder {
  readonly #files = new Map<TorrentId, FileState>();

  /** Runs `work` when what it has to wait for has ended. */
  async run<Result>(file: TorrentId, kind: FileWork, work: () => Promise<Result>): Promise<Result> {
    const state = this.#files.get(file) ?? newState();
    this.#files.set(file, state);
    const result = Promise.all(waitsFor[kind].map((earlier) => state.ended[earlier])).then(work);
    // Whether the work succeeded is the business of who asked for it.
    const ended = result.catch(() => {});
    state.ended[kind] = Promise.all([state.ended[kind], ended]);
    state.count += 1;
    try {
      return await result;
    } finally {
      state.count -= 1;
      if (state.count === 0) this.#files.delete(file);
    }
  }

  /** Settles when every piece that came so far, of one file or of all, is stored or refused. */
  async stored(file?: TorrentId): Promise<void> {
    const states = file === undefined ? [...this.#files.values()] : [this.#files.get(file)];
    await Promise.all(states.map((state) => state?.ended.store));
  }
}

function newState(): FileState {
  return { count: 0, ended: { store: Promise.resolve(), use: Promise.resolve(), drop: Promise.resolve() } };
}
