/**
 * The capacity of a symbol of each version at error correction level M (Tables 1 and 9). Only numbers that do not
 * follow from the geometry stand here as a table.
 */
import { qrLimits } from './types.ts';

/** The capacity of one version. A codeword is 8 modules. */
export interface Capacity {
  /** The version, 1 to 40. */
  readonly version: number;
  /** The number of codewords in the complete symbol. */
  readonly dataCodewords: number;
  /** The number of blocks that the data is cut into, each with error correction of its own. */
  readonly blockCount: number;
  /** The number of error correction codewords in each block. */
  readonly correctionCodewords: number;
}

/** Blocks of each version, from 1 on (Table 9, level M). */
const blockCounts = [
  ...[1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16],
  ...[17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
];

/** Error correction codewords in a block, of each version from 1 on; 28 from version 22 on (Table 9, level M). */
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

/** The codewords that fit into the area without function patterns, format and version information (Table 1). */
export function codewordCount(version: number): number {
  const size = sizeOf(version);
  const finders = 3 * 8 * 8; // with their separators
  const timing = 2 * (size - 16);
  const information = 31 + (version < 7 ? 0 : 36); // with the dark module
  const modules = size ** 2 - finders - timing - information - alignmentModules(version);
  return Math.floor(modules / 8);
}

/** The modules of alignment patterns that do not belong to the timing patterns as well. */
function alignmentModules(version: number): number {
  const lines = alignmentCoordinates(version).length;
  if (lines === 0) return 0;
  // In three of the corners there are finder patterns; two sides run along the timing patterns.
  return (lines ** 2 - 3) * 5 * 5 - 2 * (lines - 2) * 5;
}

/**
 * The rows, and columns, of the alignment patterns' centres (Annex E). From the last one back they are the same
 * distance apart, the smallest even one with which the gap that is left between the first two is no wider.
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
