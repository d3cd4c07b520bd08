/**
 * What a symbol of each version has room for at error correction level M: Tables 1 and 9, of which only what does not
 * follow from the geometry is kept as a table.
 */
import { qrLimits } from './types.ts';

/** Of one version. A codeword is 8 modules. */
export interface Capacity {
  /** 1 to 40. */
  readonly version: number;
  /** In the whole symbol. */
  readonly dataCodewords: number;
  /** The data is cut into this many blocks, each with error correction of its own. */
  readonly blockCount: number;
  /** In each block. */
  readonly correctionCodewords: number;
}

/** Table 9, level M, from version 1 on. */
const blockCounts = [
  ...[1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16],
  ...[17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
];

/** The same; 28 from version 22 on. */
const correctionCodewords = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26];

export function capacityOf(version: number): Capacity {
  const blockCount = blockCounts[version - 1];
  if (blockCount === undefined) throw new Error(`no QR Code has version ${version}`);
  const correction = correctionCodewords[version - 1] ?? 28;
  const dataCodewords = codewordCount(version) - blockCount * correction;
  return { version, dataCodewords, blockCount, correctionCodewords: correction };
}

/** All versions, the smallest first. */
export const capacities: readonly Capacity[] = Array.from({ length: qrLimits.versionMax }, (_, index) =>
  capacityOf(index + 1),
);

export function sizeOf(version: number): number {
  return 17 + 4 * version;
}

/** Table 1: the symbol's area without its function patterns, format and version information, in whole codewords. */
export function codewordCount(version: number): number {
  const size = sizeOf(version);
  const finders = 3 * 8 * 8; // with their separators
  const timing = 2 * (size - 16);
  const information = 31 + (version < 7 ? 0 : 36); // with the dark module
  const modules = size ** 2 - finders - timing - information - alignmentModules(version);
  return Math.floor(modules / 8);
}

/** Those that are not in the timing patterns as well. */
function alignmentModules(version: number): number {
  const lines = alignmentCoordinates(version).length;
  if (lines === 0) return 0;
  // In three of the corners there are finder patterns; two sides run along the timing patterns.
  return (lines ** 2 - 3) * 5 * 5 - 2 * (lines - 2) * 5;
}

/**
 * Annex E: the rows, and columns, of the alignment patterns' centres. From the last one back they are the same distance
 * apart, the smallest even one with which the gap that is left between the first two is no wider.
 */
export function alignmentCoordinates(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const first = 6;
  const last = sizeOf(version) - 7;
  // By that rule it would be 28 in version 32, the one exception in Table E.1.
  const distance = version === 32 ? 26 : 2 * Math.ceil((last - first) / (2 * (count - 1)));
  const others = Array.from({ length: count - 1 }, (_, index) => last - index * distance);
  return [first, ...others.reverse()];
}
