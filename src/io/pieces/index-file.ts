/**
 * The file that names the pieces in a data file: lines of `index-line.ts`, only ever appended. A later line for the
 * same piece replaces the earlier one. Lines that pile up when pieces come and go are cleared away at the next start.
 *
 * It must only be told of pieces whose bytes are on stable storage already: whatever it names after a crash is there.
 */
import { constants } from 'node:fs';
import type { PieceRecord } from '../../bytes/pieces.ts';
import { type FileCalls, isSystemError } from '../files/calls.ts';
import { writeFileAtomically, writeFully } from '../files/files.ts';
import { encodeGoneLine, encodePieceLine, parseGoneLine, parsePieceLine } from './index-line.ts';
import { readLines } from './lines.ts';
import type { IndexChanges } from './unsynced.ts';

export interface LoadedIndex {
  readonly index: IndexFile;
  /** The pieces that the index names, by piece index. */
  readonly pieces: ReadonlyMap<number, PieceRecord>;
  /**
   * The pieces that the index named before and names no more: their places may still be about to be given back to the
   * file system.
   */
  readonly vacated: readonly PieceRecord[];
}

export class IndexFile {
  readonly #path: string;
  readonly #calls: FileCalls;
  /** The bytes of complete lines. Behind them may lie half a line of an append that failed, or was cut by a crash. */
  #length: number;

  private constructor(path: string, calls: FileCalls, length: number) {
    this.#path = path;
    this.#calls = calls;
    this.#length = length;
  }

  /** The index of a file of which nothing is held yet; whatever lies at `path` is overwritten by the first `append`. */
  static empty(path: string, calls: FileCalls): IndexFile {
    return new IndexFile(path, calls, 0);
  }

  /** Reads the index at `path`; one that is not there is empty. Damaged lines are passed over. */
  static async load(path: string, calls: FileCalls): Promise<LoadedIndex> {
    const named = new NamedPieces();
    let length = 0;
    try {
      length = await readLines(path, calls, (line) => named.read(line));
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
    const index = new IndexFile(path, calls, length);
    if (named.staleLines > named.pieces.size + staleLinesMax) await index.#shorten(named.pieces.values());
    return { index, pieces: named.pieces, vacated: named.vacated };
  }

  /** Whether no `append` ever ended: not one complete line is there, be it a damaged one. */
  get empty(): boolean {
    return this.#length === 0;
  }

  /**
   * Adds lines, durably (apart from the index's own name, if this makes it: that is put on stable storage by a sync of
   * the folder). After a failure it is as if it had not been called. Never called while another append is under way.
   */
  async append({ stored, gone }: IndexChanges): Promise<void> {
    const text = Array.from(gone, encodeGoneLine).join('') + stored.map(encodePieceLine).join('');
    const lines = Buffer.from(text, 'latin1');
    const handle = await this.#calls.open(
      this.#path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await handle.truncate(this.#length);
      await writeFully(handle, lines, this.#length);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.#length += lines.length;
  }

  /** Leaves only the lines that count. */
  async #shorten(pieces: Iterable<PieceRecord>): Promise<void> {
    const text = Array.from(pieces, encodePieceLine).join('');
    try {
      await writeFileAtomically(this.#path, text, 0o600, this.#calls);
      this.#length = text.length;
    } catch {
      // The old one or the new one is there now: they say the same, but differ in length.
      this.#length = await readLines(this.#path, this.#calls, () => {});
    }
  }
}

/** Lines that no longer count, besides as many as there are pieces, before an index is written anew: 100 kilobytes. */
const staleLinesMax = 1000;

/** The pieces that the lines of an index name, and those that they take back. */
class NamedPieces {
  readonly pieces = new Map<number, PieceRecord>();
  readonly vacated: PieceRecord[] = [];
  staleLines = 0;

  read(line: string): void {
    const piece = parsePieceLine(line);
    const pieceIndex = piece?.pieceIndex ?? parseGoneLine(line);
    const before = pieceIndex === undefined ? undefined : this.pieces.get(pieceIndex);
    if (before !== undefined) this.staleLines += 1;
    if (before !== undefined && before.offset !== piece?.offset) this.vacated.push(before);
    if (piece !== undefined) this.pieces.set(piece.pieceIndex, piece);
    else if (pieceIndex !== undefined && this.pieces.delete(pieceIndex)) this.staleLines += 1;
  }
}
