/**
 * Masks (7.8): the codewords are turned over by one of eight patterns, so that no accident of the data looks like a
 * function pattern or leaves large areas of one colour. The format information names the mask.
 */
import { drawFormat } from './information.ts';
import type { Matrix } from './matrix.ts';
import { penaltyOf } from './penalty.ts';

/** The conditions of Table 10: whether a mask turns over the module in this row and column. */
const masks: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** Masks `matrix` with the mask that has the lowest penalty (7.8.3), and adds the format information. */
export function masked(matrix: Matrix): Matrix {
  const candidates = masks.map((_, mask) => withMask(matrix, mask));
  const penalties = candidates.map(penaltyOf);
  return candidates[penalties.indexOf(Math.min(...penalties))] as Matrix;
}

/** A copy with mask 0 to 7 over its codewords, and the format information of that mask. */
export function withMask(matrix: Matrix, mask: number): Matrix {
  const copy = matrix.copy();
  const turns = masks[mask];
  if (turns === undefined) throw new Error(`there is no mask ${mask}`);
  for (let row = 0; row < copy.size; row += 1) {
    for (let column = 0; column < copy.size; column += 1) {
      if (!copy.isReserved(row, column) && turns(row, column)) copy.turn(row, column);
    }
  }
  drawFormat(copy, mask);
  return copy;
}
