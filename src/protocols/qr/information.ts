/**
 * The facts that a reader needs before it can read codewords, each with a BCH code of its own and twice in the symbol:
 * the format information (7.9: error correction level and mask), and from version 7 on the version information (7.10).
 */
import type { Matrix } from './matrix.ts';

/** The indicator of level M (Table 12); L is 1, Q is 3, H is 2. */
const levelM = 0b00;

/** The generator of the format information's code (Annex C): x^10 + x^8 + x^5 + x^4 + x^2 + x + 1. */
const formatGenerator = 0b10100110111;
/** The mask over the format information (7.9.1), so that none is all light, above all the one with data 0. */
const formatMask = 0b101010000010010;
/** The generator of the version information's code (Annex D): x^12 + x^11 + x^10 + x^9 + x^8 + x^5 + x^2 + 1. */
const versionGenerator = 0b1111100100101;

/** The first version with version information (6.3.2): smaller symbols are measured. */
const versionWithInformation = 7;

/** The format information: 15 bits for level M and `mask`, 0 to 7. */
export function encodeFormat(mask: number): number {
  return encodeBch((levelM << 3) | mask, formatGenerator) ^ formatMask;
}

/** The version information: 18 bits. */
export function encodeVersion(version: number): number {
  return encodeBch(version, versionGenerator);
}

/** A code word: `data`, then the remainder of `data`, moved up by the remainder's length, divided by `generator`. */
function encodeBch(data: number, generator: number): number {
  const degree = bitLength(generator) - 1;
  let remainder = data << degree;
  while (bitLength(remainder) > degree) remainder ^= generator << (bitLength(remainder) - 1 - degree);
  return (data << degree) | remainder;
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

/** Places the format information (7.9.1) beside the upper left finder pattern, and in halves beside the other two. */
export function drawFormat(matrix: Matrix, mask: number): void {
  const bits = encodeFormat(mask);
  const { size } = matrix;
  // From the least significant bit on: down and then left around the corner, past the timing patterns.
  const corner = [0, 1, 2, 3, 4, 5, 7, 8];
  for (let bit = 0; bit < 15; bit += 1) {
    const isDark = ((bits >>> bit) & 1) === 1;
    if (bit < 8) {
      matrix.reserve(corner[bit] as number, 8, isDark);
      matrix.reserve(8, size - 1 - bit, isDark);
    } else {
      matrix.reserve(8, corner[14 - bit] as number, isDark);
      matrix.reserve(size - 15 + bit, 8, isDark);
    }
  }
  // 7.9.1: always dark, of no meaning.
  matrix.reserve(size - 8, 8, true);
}

/**
 * Places the version information (7.10): 3 by 6 modules above the lower left finder pattern, mirrored beside the upper
 * right.
 */
export function drawVersion(matrix: Matrix, version: number): void {
  if (version < versionWithInformation) return;
  const bits = encodeVersion(version);
  for (let bit = 0; bit < 18; bit += 1) {
    const isDark = ((bits >>> bit) & 1) === 1;
    const along = Math.floor(bit / 3);
    const across = matrix.size - 11 + (bit % 3);
    matrix.reserve(across, along, isDark);
    matrix.reserve(along, across, isDark);
  }
}
