/**
 * A text as a QR Code symbol (7.1): its codewords, the function patterns of the smallest version that holds them, the
 * codewords placed between, the best mask over them.
 */
import { encodeCodewords } from './codewords.ts';
import { drawFunctionPatterns } from './function-patterns.ts';
import { masked } from './mask.ts';
import type { QrCode } from './types.ts';

/**
 * Encodes `text`, as UTF-8. At most 2331 bytes of ASCII, 2330 of other text; throws a QrError for more. A text always
 * gives the same symbol.
 */
export function encodeQr(text: string): QrCode {
  const { version, codewords } = encodeCodewords(text);
  const matrix = drawFunctionPatterns(version);
  matrix.placeCodewords(codewords);
  return masked(matrix);
}
