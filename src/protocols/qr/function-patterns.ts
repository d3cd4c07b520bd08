/**
 * The patterns that every symbol of a version has, by which a reader finds it and measures its modules (6.3.3 to
 * 6.3.6), and the version information (7.10).
 */
import { alignmentCoordinates, sizeOf } from './capacity.ts';
import { drawFormat, drawVersion } from './information.ts';
import { Matrix, timingLine } from './matrix.ts';

/** A symbol of `version` without codewords. The format information is the one of mask 0 until a mask is chosen. */
export function drawFunctionPatterns(version: number): Matrix {
  const matrix = new Matrix(sizeOf(version));
  // The others are drawn over the timing patterns: alignment patterns agree with them, finder patterns do not.
  drawTimingPatterns(matrix);
  drawAlignmentPatterns(matrix, alignmentCoordinates(version));
  const far = matrix.size - 4;
  drawFinderPattern(matrix, 3, 3);
  drawFinderPattern(matrix, 3, far);
  drawFinderPattern(matrix, far, 3);
  drawFormat(matrix, 0);
  drawVersion(matrix, version);
  return matrix;
}

/** Draws the timing patterns (6.3.5): dark and light in turn, dark first and last. */
function drawTimingPatterns(matrix: Matrix): void {
  for (let at = 0; at < matrix.size; at += 1) {
    matrix.reserve(timingLine, at, at % 2 === 0);
    matrix.reserve(at, timingLine, at % 2 === 0);
  }
}

/** Draws a finder pattern (6.3.3, 6.3.4): a dark square of 3 by 3, a light ring, a dark one, and a light separator. */
function drawFinderPattern(matrix: Matrix, row: number, column: number): void {
  drawSquares(matrix, row, column, [true, true, false, true, false]);
}

/** Draws the alignment patterns (6.3.6): wherever two of the lines cross, but in the corners of finder patterns. */
function drawAlignmentPatterns(matrix: Matrix, coordinates: readonly number[]): void {
  const last = coordinates.at(-1);
  for (const row of coordinates) {
    for (const column of coordinates) {
      const inCorner = [row, column].every((each) => each === timingLine || each === last);
      if (inCorner && (row === timingLine || column === timingLine)) continue;
      drawSquares(matrix, row, column, [true, false, true]);
    }
  }
}

/** Draws squares around one centre; `rings` tells, from the inside out, whether each is dark. */
function drawSquares(matrix: Matrix, row: number, column: number, rings: readonly boolean[]): void {
  const radius = rings.length - 1;
  for (let down = -radius; down <= radius; down += 1) {
    for (let right = -radius; right <= radius; right += 1) {
      const ring = Math.max(Math.abs(down), Math.abs(right));
      matrix.reserve(row + down, column + right, rings[ring] === true);
    }
  }
}
