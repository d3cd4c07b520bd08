/**
 * The file that names the pieces in a data file: lines of `index-line.ts`, only ever appended. A later line for the
 * same piece replaces the earlier one.
 *
 * It must only be told of pieces whose bytes are on stable storage already: whatever it names after a crash is there.
 */
import { constants } from 'node:fs';
import type { PieceRecord } from '../../bytes/pieces.ts';
import { type FileCalls, isSystemError, writeFully } from '../files.ts';
import { encodePieceLine, parsePieceLine } from './index-line.ts';
import { readLines } from './lines.ts';

export class IndexFile {
  readonly #path: string;
  readonly #calls: FileCalls;
  /** Bytes of whole lines. What may lie behind them is half a line of an append that failed, or was cut by a crash. */
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
  static async load(path: string, calls: FileCalls): Promise<{ index: IndexFile; pieces: Map<number, PieceRecord> }> {
    const pieces = new Map<number, PieceRecord>();
    let length = 0;
    try {
      length = await readLines(path, calls, (line) => {
        const piece = parsePieceLine(line);
        if (piece !== undefined) pieces.set(piece.part, piece);
      });
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
    return { index: new IndexFile(path, calls, length), pieces };
  }

  /** Whether no `append` ever ended: not one whole line is there, be it a damaged one. */
  get empty(): boolean {
    return this.#length === 0;
  }

  /**
   * Adds pieces, durably (apart from the index's own name, if this makes it: that is the directory's to sync). After a
   * failure it is as if it had not been called. Never called while another append is under way.
   */
  async append(pieces: Iterable<PieceRecord>): Promise<void> {
    const lines = Buffer.from(Array.from(pieces, encodePieceLine).join(''), 'latin1');
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
}
