import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Matrix } from './matrix.ts';
import { blockPenalty, finderPenalty, penaltyOf, proportionPenalty, runPenalty } from './penalty.ts';

const line = (modules: string): Uint8Array => Uint8Array.from(modules, (module) => Number(module === '#'));

/** From rows of `#` and `.`. */
function matrixOf(...rows: readonly string[]): Matrix {
  const matrix = new Matrix(rows.length);
  matrix.modules.set(line(rows.join('')));
  return matrix;
}

for (const [modules, penalty] of [
  ['####.####', 0],
  ['#####', 3],
  ['######', 4],
  ['.......', 5],
  ['#####.....', 6],
  ['####.#.####', 0],
] as const) {
  test(`runs in ${modules} cost ${penalty}`, () => assert.equal(runPenalty(line(modules)), penalty));
}

for (const [name, modules, penalty] of [
  ['light before it', '#....#.###.#.#', 40],
  ['light after it', '#.#.###.#....#', 40],
  ['light on both sides counts once', '#....#.###.#....#', 40],
  ['no light area of 4 modules', '#...#.###.#...#', 0],
  ['the quiet zone is a light area', '#.###.#.#', 40],
  ['so it is at the end', '#.#.###.#', 40],
  ['two that share their light area', '#.#.###.#....#.###.#.#', 80],
  ['other proportions', '#....#.##.#....#', 0],
] as const) {
  test(`what looks like a finder pattern: ${name}`, () => assert.equal(finderPenalty(line(modules)), penalty));
}

test('blocks of one colour: a larger area is all squares of 2 by 2 in it', () => {
  assert.equal(blockPenalty(matrixOf('#.#', '.#.', '#.#')), 0);
  assert.equal(blockPenalty(matrixOf('##.', '##.', '..#')), 3);
  assert.equal(blockPenalty(matrixOf('###', '###', '#.#')), 6);
  assert.equal(blockPenalty(matrixOf('...', '...', '...')), 12);
});

for (const [dark, penalty] of [
  [50, 0],
  [54, 0],
  [55, 10],
  [46, 0],
  [45, 10],
  [60, 20],
  [0, 100],
] as const) {
  test(`${dark} dark modules of 100 cost ${penalty}`, () => assert.equal(proportionPenalty(dark, 100), penalty));
}

test('the penalty of a symbol is the sum over rows, columns and everything', () => {
  // All light: 42 lines of 21 in one run each, 400 squares, no dark module at all.
  assert.equal(penaltyOf(new Matrix(21)), 42 * (3 + 16) + 400 * 3 + 100);
});
