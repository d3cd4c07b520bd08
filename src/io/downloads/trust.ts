/**
 * The trust in the pieces of an unfinished download at its start, by what its state says and what its files look like:
 *
 *     files of the piece    recorded pieces                             other pieces
 *     as recorded           there                                       not there: nobody need look
 *     written to            there, but unsure: by a kill of ours, say   doubtful: to be hashed
 *     other ones            doubtful                                    doubtful
 *     absent                not there                                   not there
 *
 * "Other ones" were replaced, or have another size, or nothing is known of them. Doubtful pieces are read and hashed if
 * the files hold more than zeros of them: most of an unfinished download is a hole, and a look at both ends of each
 * piece is enough to see that.
 */
import { inParallel } from '../../async/in-parallel.ts';
import { pieceCount, pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import { isSystemError } from '../files/calls.ts';
import { isSameInode, type SeenFile } from './file-mark.ts';
import type { Layout } from './layout.ts';
import { type CheckOptions, checkPieces } from './piece-check.ts';
import type { SavedState } from './saved-state.ts';
import type { TorrentFiles } from './torrent-files.ts';
import { isZeros } from './zeros.ts';

/** The pieces of a download by the trust in them; pieces that are not named are not there. */
export interface Trust {
  /** Pieces that are there, the unsure ones as well. */
  readonly there: readonly number[];
  /** Pieces of `there` that must be hashed before the download is finished. */
  readonly unsure: readonly number[];
  /** Pieces that must be hashed before anything else. */
  readonly doubtful: readonly number[];
}

type Look = 'as recorded' | 'written to' | 'other one' | 'absent';

/**
 * Sorts the pieces by what `state` records and how the files look now (`seen`, undefined where there is none). Pure.
 */
export function trustOf(layout: Layout, state: SavedState, seen: readonly (SeenFile | undefined)[]): Trust {
  const looks = layout.files.map(({ length }, file) => lookOf(state, file, length, seen[file]));
  const trust: { there: number[]; unsure: number[]; doubtful: number[] } = { there: [], unsure: [], doubtful: [] };
  for (let pieceIndex = 0; pieceIndex < pieceCount(layout.torrent); pieceIndex += 1) {
    const ofPiece = layout.filesOf(pieceIndex).map((file) => looks[file] as Look);
    const recorded = state.has(pieceIndex);
    if (recorded && ofPiece.every((look) => look === 'as recorded' || look === 'written to')) {
      trust.there.push(pieceIndex);
      if (ofPiece.includes('written to') || state.isUnsure(pieceIndex)) trust.unsure.push(pieceIndex);
    } else if (ofPiece.some((look) => look !== 'absent' && (recorded || look !== 'as recorded'))) {
      trust.doubtful.push(pieceIndex);
    }
  }
  return trust;
}

function lookOf(state: SavedState, file: number, length: number, seen: SeenFile | undefined): Look {
  if (seen === undefined) return 'absent';
  const mark = state.mark(file);
  if (mark === undefined || seen.size !== length) return 'other one';
  if (seen.mark === mark) return 'as recorded';
  return isSameInode(mark, seen) ? 'written to' : 'other one';
}

/** The bytes that are looked at, at each end of a piece. */
const endBytes = 4096;
const looksMax = 4;

/** The pieces among `parts` that have their hash. One that begins and ends in zeros is not found. */
export async function findGoodPieces(
  files: TorrentFiles,
  parts: readonly number[],
  options: CheckOptions,
): Promise<number[]> {
  const written: number[] = [];
  await inParallel(parts, looksMax, async (pieceIndex) => {
    options.signal?.throwIfAborted();
    if (await isWritten(files, pieceIndex)) written.push(pieceIndex);
  });
  if (written.length === 0) return [];
  written.sort((one, other) => one - other);
  const good: number[] = [];
  for await (const checked of checkPieces(files, written, options)) if (checked.good) good.push(checked.pieceIndex);
  return good;
}

async function isWritten(files: TorrentFiles, pieceIndex: number): Promise<boolean> {
  const [offset, size] = [pieceOffset(files.layout.torrent, pieceIndex), pieceSize(files.layout.torrent, pieceIndex)];
  const bytes = Buffer.allocUnsafe(Math.min(endBytes, size));
  for (const start of [offset, offset + size - bytes.length]) {
    try {
      await files.read(start, bytes);
    } catch (error) {
      // There was something once.
      if (isSystemError(error, 'EIO')) return true;
      throw error;
    }
    if (!isZeros(bytes)) return true;
  }
  return false;
}
