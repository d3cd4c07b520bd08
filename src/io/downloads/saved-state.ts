/**
 * The state of an unfinished download for the next start: which pieces are on stable storage, and what their files
 * looked like when that was so. Lines of a journal (journal.ts), each saying what has changed:
 *
 *     {"unsure":"","lost":"","parts":"0-41,43","files":{"0":"734003200:1795168800123456789:1311"}}
 *
 * The state must only be told of pieces whose bytes are on stable storage. A state of which anything is damaged says
 * nothing: a line that is missing might have taken back what another one says.
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import { pieceRanges } from '../../bytes/pieces.ts';
import { encodeParts, parseParts } from '../../protocols/ipc/parts.ts';
import type { FileCalls } from '../files/calls.ts';
import { Journal } from '../files/journal.ts';
import { type FileMark, parseFileMark } from './file-mark.ts';

/** A change of the state, which takes effect in the order of its members. */
export interface StateChange {
  /** Pieces that are there, but in a file that somebody may have written to since. */
  readonly unsure: Iterable<number>;
  /** Pieces that are there no more. */
  readonly lost: Iterable<number>;
  /** Pieces that are on stable storage, for sure. */
  readonly parts: Iterable<number>;
  /** The marks of files, by their index. */
  readonly marks: ReadonlyMap<number, FileMark>;
}

/** Lines that are written before they are summed up in two: some megabytes in the worst case. */
const linesMax = 1000;

export class SavedState {
  #known: Known;
  readonly #pieces: number;
  #journal: Journal | undefined;
  #lines = 0;

  private constructor(pieces: number) {
    this.#pieces = pieces;
    this.#known = new Known(pieces);
  }

  /** Opens or makes the state at `path` of a torrent of `pieces`. */
  static async open(path: string, pieces: number, calls: FileCalls): Promise<SavedState> {
    const state = new SavedState(pieces);
    let readable = true;
    const { journal } = await Journal.open(path, {
      calls,
      apply: (record) => {
        const change = parseChange(record, pieces);
        if (change === undefined) readable = false;
        else state.#known.apply(change);
        state.#lines += 1;
      },
      snapshot: () => state.#snapshot(),
      onLinesLost: () => state.#forget(),
    });
    state.#journal = journal;
    if (!readable) await state.#startAnew();
    return state;
  }

  /** Whether the state says that a piece is on stable storage. */
  has(pieceIndex: number): boolean {
    return this.#known.parts.has(pieceIndex);
  }

  /** Whether the state says that a piece is on stable storage, but not for sure. */
  isUnsure(pieceIndex: number): boolean {
    return this.#known.unsure.has(pieceIndex);
  }

  /** The mark of a file; undefined when none is known. */
  mark(file: number): FileMark | undefined {
    return this.#known.marks.get(file);
  }

  /** Settles once `change` is on stable storage. After a failure it is as if it had not been called. */
  async append(change: StateChange): Promise<void> {
    const journal = this.#journal as Journal;
    await journal.append(encodeChange(change));
    if (this.#lines < linesMax) return;
    await journal.rewrite();
    this.#lines = 0;
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  async #startAnew(): Promise<void> {
    this.#forget();
    try {
      await this.#journal?.rewrite();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #forget(): void {
    this.#known = new Known(this.#pieces);
  }

  /** The state in two lines, since what is unsure in a line gives way to its parts. */
  #snapshot(): unknown[] {
    const { parts, unsure, marks } = this.#known;
    const sure = { unsure: [], lost: [], parts, marks };
    return [encodeChange(sure), encodeChange({ unsure, lost: [], parts: [], marks: new Map() })];
  }
}

/** The sum of all lines. */
class Known {
  readonly parts: Bitfield;
  /** Some of `parts`. */
  readonly unsure: Bitfield;
  readonly marks = new Map<number, FileMark>();

  constructor(pieces: number) {
    this.parts = new Bitfield(pieces);
    this.unsure = new Bitfield(pieces);
  }

  apply({ unsure, lost, parts, marks }: StateChange): void {
    for (const pieceIndex of unsure) this.unsure.add(pieceIndex);
    for (const pieceIndex of lost) {
      this.parts.remove(pieceIndex);
      this.unsure.remove(pieceIndex);
    }
    for (const pieceIndex of parts) {
      this.parts.add(pieceIndex);
      this.unsure.remove(pieceIndex);
    }
    for (const [file, mark] of marks) this.marks.set(file, mark);
  }
}

function encodeChange({ unsure, lost, parts, marks }: StateChange): Record<string, unknown> {
  return {
    unsure: encodeParts(pieceRanges(unsure)),
    lost: encodeParts(pieceRanges(lost)),
    parts: encodeParts(pieceRanges(parts)),
    files: Object.fromEntries(marks),
  };
}

/** The change that `record` tells of; undefined when it is not one of ours: of a later version, say. */
function parseChange(record: unknown, pieces: number): StateChange | undefined {
  const { unsure, lost, parts, files } = Object(record) as Record<string, unknown>;
  const change = {
    unsure: parseList(unsure, pieces),
    lost: parseList(lost, pieces),
    parts: parseList(parts, pieces),
    marks: parseMarks(files),
  };
  return Object.values(change).includes(undefined) ? undefined : (change as StateChange);
}

function parseList(text: unknown, pieces: number): number[] | undefined {
  const ranges = typeof text === 'string' ? parseParts(text) : undefined;
  if (ranges === undefined || (ranges.at(-1)?.last ?? -1) >= pieces) return undefined;
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

function parseMarks(files: unknown): Map<number, FileMark> | undefined {
  const marks = new Map<number, FileMark>();
  for (const [index, text] of Object.entries(Object(files))) {
    const mark = parseFileMark(text);
    if (mark === undefined) return undefined;
    marks.set(Number(index), mark);
  }
  return marks;
}
