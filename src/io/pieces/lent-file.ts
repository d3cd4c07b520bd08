/**
 * A complete file of the user's own, lent out from where it lies: it is read in place, never written, never removed.
 *
 * Its pieces were hashed once. They are remembered, with the file's size and time of change, in a file of ours (one
 * `shared` line, then the `piece` lines of `index-line.ts`). As soon as size or time differ, nothing of it is given any
 * more. A change after which both are restored is found out by checking the hashes.
 */
import { constants } from 'node:fs';
import { type PieceRange, type PieceRecord, pieceRanges } from '../../bytes/pieces.ts';
import { type FileCalls, isSystemError } from '../files/calls.ts';
import type { DescriptorCache } from '../files/descriptor-cache.ts';
import { readFully, writeFileAtomically } from '../files/files.ts';
import { encodePieceLine, encodeSharedLine, parsePieceLine, parseSharedLine, type SharedOrigin } from './index-line.ts';
import { readLines } from './lines.ts';
import { StoreError, storeError } from './store-error.ts';

// Without O_NONBLOCK, a FIFO that has taken the file's place would block the thread that opens it.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class LentFile {
  readonly origin: SharedOrigin;
  readonly ranges: readonly PieceRange[];
  readonly #pieces: ReadonlyMap<number, PieceRecord>;
  readonly #descriptors: DescriptorCache;
  readonly #calls: FileCalls;
  #changed = false;

  private constructor(
    origin: SharedOrigin,
    pieces: ReadonlyMap<number, PieceRecord>,
    descriptors: DescriptorCache,
    calls: FileCalls,
  ) {
    this.origin = origin;
    this.ranges = pieceRanges(pieces.keys());
    this.#pieces = pieces;
    this.#descriptors = descriptors;
    this.#calls = calls;
  }

  /** Remembers at `notePath` that the file at `origin.path` consists of `pieces`. */
  static async lend(
    notePath: string,
    origin: SharedOrigin,
    pieces: Iterable<PieceRecord>,
    descriptors: DescriptorCache,
    calls: FileCalls,
  ): Promise<LentFile> {
    const byPart = new Map(Array.from(pieces, (piece) => [piece.pieceIndex, piece]));
    const lines = Array.from(byPart.values(), encodePieceLine);
    await writeFileAtomically(notePath, encodeSharedLine(origin) + lines.join(''), 0o600, calls);
    return new LentFile(origin, byPart, descriptors, calls);
  }

  /** The file that the note at `notePath` tells of; undefined when the note does not say which file that is. */
  static async load(notePath: string, descriptors: DescriptorCache, calls: FileCalls): Promise<LentFile | undefined> {
    let origin: SharedOrigin | undefined;
    const pieces = new Map<number, PieceRecord>();
    await readLines(notePath, calls, (line) => {
      origin ??= parseSharedLine(line);
      const piece = parsePieceLine(line);
      if (piece !== undefined) pieces.set(piece.pieceIndex, piece);
    });
    return origin && new LentFile(origin, pieces, descriptors, calls);
  }

  get count(): number {
    return this.#pieces.size;
  }

  piece(pieceIndex: number): PieceRecord | undefined {
    return this.#pieces.get(pieceIndex);
  }

  /** Whether the file was seen to differ from what it was, as far as size and time tell. Once it did, that stays so. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Looks at the file again. */
  async check(): Promise<void> {
    this.#changed ||= !sameFile(this.origin, await originOf(this.origin.path, this.#calls));
    if (this.#changed) await this.#descriptors.forget(this.origin.path);
  }

  /** Fills `into` with a piece; they must be equally long. Fails with a StoreError. */
  async read(pieceIndex: number, into: Uint8Array): Promise<void> {
    const piece = this.#pieces.get(pieceIndex);
    if (piece === undefined) throw new StoreError('not-found', `piece ${pieceIndex} is not here`);
    if (into.length !== piece.size)
      throw new RangeError(`piece ${pieceIndex} has ${piece.size} bytes, not ${into.length}`);
    const read = (): Promise<number> =>
      this.#descriptors.use(this.origin.path, readFlags, (handle) => readFully(handle, into, piece.offset));
    const result = await read().catch((error: unknown) => storeError('reading a shared file', error));
    // Asked after the reading, so that a change before it is seen; a file that is gone is a change, not a failure.
    await this.check();
    if (this.#changed) throw new StoreError('not-found', 'the shared file has changed');
    if (result instanceof StoreError) throw result;
    if (result < piece.size) throw new StoreError('corrupt', `the shared file ends before piece ${pieceIndex} does`);
  }
}

/** The file at `path` as it is now; undefined when there is none. Symbolic links are followed. */
export async function originOf(path: string, calls: FileCalls): Promise<SharedOrigin | undefined> {
  try {
    const realPath = await calls.realpath(path);
    const stats = await calls.stat(realPath, { bigint: true });
    if (!stats.isFile()) return undefined;
    return { path: realPath, size: Number(stats.size), modifiedNs: stats.mtimeNs };
  } catch (error) {
    // Not to be found, or not for us: in any case nothing that can be lent.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].some((code) => isSystemError(error, code))) return undefined;
    throw storeError(`looking at ${path}`, error);
  }
}

export function sameFile(a: SharedOrigin, b: SharedOrigin | undefined): boolean {
  return a.path === b?.path && a.size === b.size && a.modifiedNs === b.modifiedNs;
}
