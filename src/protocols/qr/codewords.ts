/**
 * From a text to the codewords that stand in a symbol, in the order in which they are placed there.
 *
 *     0100 | count | the bytes | 0000 | 11101100 00010001 ... to fill up
 *
 * are the data, which is cut into blocks, each with its error correction.
 */
import { type Capacity, capacities } from './capacity.ts';
import { QrError } from './errors.ts';
import { encodeCorrection, generatorPolynomial } from './reed-solomon.ts';

/** The mode indicator of bytes (Table 2). */
const mode = { eci: 0b0111, byte: 0b0100 };
const modeBits = 4;
const terminatorBits = 4;
/** The assignment number of UTF-8 in AIM's register of ECIs (7.4.2); a number up to 127 takes 8 bits. */
const utf8 = 26;
/** The codewords that fill up the data, in turn (7.4.10). */
const padCodewords = { first: 0b11101100, second: 0b00010001 };

export interface Codewords {
  readonly version: number;
  readonly codewords: Uint8Array;
}

/** The codewords of the smallest version that `text` fits into. Throws a QrError when there is none. */
export function encodeCodewords(text: string): Codewords {
  const bytes = Buffer.from(text);
  // Without an ECI bytes mean ISO 8859-1 (7.3.5), which is the same for ASCII and as much as most texts need.
  const charset = bytes.length === text.length ? undefined : utf8;
  const capacity = capacities.find((each) => bitCount(bytes, charset, each) <= each.dataCodewords * 8);
  if (capacity === undefined) throw new QrError('too-long-for-qr', `${bytes.length} bytes do not fit into a QR code`);
  return { version: capacity.version, codewords: interleave(encodeData(bytes, charset, capacity), capacity) };
}

/** The number of bits of the count of bytes (Table 3). */
function countBits(version: number): number {
  return version < 10 ? 8 : 16;
}

function bitCount(bytes: Uint8Array, charset: number | undefined, { version }: Capacity): number {
  const eciBits = charset === undefined ? 0 : modeBits + 8;
  return eciBits + modeBits + countBits(version) + bytes.length * 8;
}

/** All data codewords of a symbol (7.4), for a text that fits. */
function encodeData(bytes: Uint8Array, charset: number | undefined, { version, dataCodewords }: Capacity): Uint8Array {
  const stream = new BitStream(dataCodewords);
  if (charset !== undefined) {
    stream.append(mode.eci, modeBits);
    stream.append(charset, 8);
  }
  stream.append(mode.byte, modeBits);
  stream.append(bytes.length, countBits(version));
  for (const byte of bytes) stream.append(byte, 8);
  // 7.4.9: less of the terminator, or nothing, where the symbol ends before.
  stream.append(0, Math.min(terminatorBits, stream.bitsLeft));
  const { codewords, codewordsBegun } = stream;
  for (let at = codewordsBegun; at < dataCodewords; at += 1) {
    codewords[at] = (at - codewordsBegun) % 2 === 0 ? padCodewords.first : padCodewords.second;
  }
  return codewords;
}

/** Codewords that are filled bit by bit, the most significant first. */
class BitStream {
  readonly codewords: Uint8Array;
  #length = 0;

  constructor(codewordCount: number) {
    this.codewords = new Uint8Array(codewordCount);
  }

  get bitsLeft(): number {
    return this.codewords.length * 8 - this.#length;
  }

  get codewordsBegun(): number {
    return Math.ceil(this.#length / 8);
  }

  append(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit -= 1) {
      const at = this.#length >>> 3;
      if ((value >>> bit) & 1) this.codewords[at] = (this.codewords[at] as number) | (0x80 >>> (this.#length & 7));
      this.#length += 1;
    }
  }
}

/**
 * The codewords in their final order (7.6): the first of each block, the second, ..., then the error correction
 * likewise.
 */
function interleave(data: Uint8Array, { blockCount, correctionCodewords }: Capacity): Uint8Array {
  const generator = generatorPolynomial(correctionCodewords);
  const blocks = cutIntoBlocks(data, blockCount);
  const corrections = blocks.map((block) => encodeCorrection(block, generator));
  return Uint8Array.from([...inTurn(blocks), ...inTurn(corrections)]);
}

/** Cuts the data into blocks; where they cannot be equal, the last ones have one codeword more (Table 9). */
function cutIntoBlocks(data: Uint8Array, count: number): Uint8Array[] {
  const shorter = Math.floor(data.length / count);
  const shorterCount = count - (data.length % count);
  const start = (block: number): number => block * shorter + Math.max(0, block - shorterCount);
  return Array.from({ length: count }, (_, block) => data.subarray(start(block), start(block + 1)));
}

function* inTurn(blocks: readonly Uint8Array[]): Generator<number> {
  const longest = blocks.at(-1)?.length ?? 0;
  for (let at = 0; at < longest; at += 1) {
    for (const block of blocks) if (at < block.length) yield block[at] as number;
  }
}
