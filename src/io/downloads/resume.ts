/**
 * What is believed of an unfinished download at its start, by what its state says and what its files look like. Pure.
 *
 *     its files      pieces that are recorded                    other pieces
 *     as recorded    there                                       not there: nobody need look
 *     written to     there, but unsure: by a kill of ours, say   doubtful: to be hashed
 *     other ones     doubtful                                    doubtful
 *     absent         not there                                   not there
 *
 * "Other ones" were replaced, or have another size, or nothing is known of them.
 */
import { pieceCount } from '../../protocols/metainfo/types.ts';
import { isSameInode, type SeenFile } from './file-mark.ts';
import type { Layout } from './layout.ts';
import type { SavedState } from './saved-state.ts';

export interface Belief {
  /** Pieces that are there, the unsure ones as well. */
  readonly there: readonly number[];
  /** To be hashed before the download is finished. */
  readonly unsure: readonly number[];
  /** To be hashed before anything else. */
  readonly doubtful: readonly number[];
}

type Look = 'as recorded' | 'written to' | 'other one' | 'absent';

export function whatToBelieve(layout: Layout, state: SavedState, seen: readonly (SeenFile | undefined)[]): Belief {
  const looks = layout.files.map(({ length }, file) => lookOf(state, file, length, seen[file]));
  const belief: { there: number[]; unsure: number[]; doubtful: number[] } = { there: [], unsure: [], doubtful: [] };
  for (let part = 0; part < pieceCount(layout.torrent); part += 1) {
    const its = layout.filesOf(part).map((file) => looks[file] as Look);
    const recorded = state.has(part);
    if (recorded && its.every((look) => look === 'as recorded' || look === 'written to')) {
      belief.there.push(part);
      if (its.includes('written to') || state.isUnsure(part)) belief.unsure.push(part);
    } else if (its.some((look) => look !== 'absent' && (recorded || look !== 'as recorded'))) {
      belief.doubtful.push(part);
    }
  }
  return belief;
}

function lookOf(state: SavedState, file: number, length: number, seen: SeenFile | undefined): Look {
  if (seen === undefined) return 'absent';
  const mark = state.mark(file);
  if (mark === undefined || seen.size !== length) return 'other one';
  if (seen.mark === mark) return 'as recorded';
  return isSameInode(mark, seen) ? 'written to' : 'other one';
}
