/**
 * The penalty of a masked symbol (7.8.3.1, Table 11), higher if it is hard to read: the sum of the points of four
 * features. Evaluated over the complete symbol, function patterns too.
 */
import type { Matrix } from './matrix.ts';
import { quietZoneModules } from './types.ts';

/** The points of the features, N1 to N4 (Table 11). */
const points = { run: 3, block: 3, finderLike: 40, proportion: 10 };

/** The least number of modules of one colour in a line that are a run. */
const runMin = 5;

export function penaltyOf(matrix: Matrix): number {
  let dark = 0;
  for (const module of matrix.modules) dark += module;
  let penalty = blockPenalty(matrix) + proportionPenalty(dark, matrix.modules.length);
  for (const line of lines(matrix)) penalty += runPenalty(line) + finderPenalty(line);
  return penalty;
}

/** The rows, then the columns. */
function* lines({ size, modules }: Matrix): Generator<Uint8Array> {
  const turned = modules.map((_, at) => modules[(at % size) * size + Math.floor(at / size)] as number);
  for (const side of [modules, turned]) {
    for (let start = 0; start < side.length; start += size) yield side.subarray(start, start + size);
  }
}

/** Feature 1: each run costs its points, and one more for every module beyond the shortest. */
export function runPenalty(line: Uint8Array): number {
  let penalty = 0;
  let length = 0;
  let colour: number | undefined;
  for (const module of line) {
    length = module === colour ? length + 1 : 1;
    colour = module;
    if (length === runMin) penalty += points.run;
    if (length > runMin) penalty += 1;
  }
  return penalty;
}

/** Feature 2: squares of one colour, 2 by 2; a larger area is all those in it. */
export function blockPenalty({ size, modules }: Matrix): number {
  let blocks = 0;
  for (let row = 0; row + 1 < size; row += 1) {
    for (let at = row * size; at + 1 < (row + 1) * size; at += 1) {
      const colour = modules[at];
      const alike = colour === modules[at + 1] && colour === modules[at + size] && colour === modules[at + size + 1];
      if (alike) blocks += 1;
    }
  }
  return blocks * points.block;
}

/** The look of a line through the middle of a finder pattern: 1 dark, 1 light, 3 dark, 1 light, 1 dark. */
const finderLine = 0b1011101;
const finderModules = 7;
/** The width of the light area that must be before or behind the pattern. */
const lightModules = quietZoneModules;

/**
 * Feature 3. Beyond both ends of a line is the quiet zone: readers see the light area there as well. A line shows a
 * window of 4, 7 and 4 modules at a time.
 */
export function finderPenalty(line: Uint8Array): number {
  const allLight = (1 << lightModules) - 1;
  let found = 0;
  let window = 0;
  for (let at = 0; at < line.length + lightModules; at += 1) {
    window = ((window << 1) | (line[at] ?? 0)) & ((1 << (finderModules + 2 * lightModules)) - 1);
    const middle = (window >>> lightModules) & ((1 << finderModules) - 1);
    if (middle !== finderLine) continue;
    if ((window & allLight) === 0 || window >>> (lightModules + finderModules) === 0) found += 1;
  }
  return found * points.finderLike;
}

/** Feature 4: for every full 5 % by which the share of the dark modules in all of them is away from a half. */
export function proportionPenalty(dark: number, all: number): number {
  // In whole numbers: |dark / all - 1/2| / (1/20).
  return Math.floor(Math.abs(20 * dark - 10 * all) / all) * points.proportion;
}
