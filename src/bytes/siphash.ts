/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash that is sound for short messages and costs a fraction of a
 * microsecond, where an HMAC of `node:crypto` costs two. Without the key the hash can neither be computed nor guessed.
 *
 *     new SipHash(key).hash(message, digest)    16 bytes of key, 8 bytes of digest
 *
 * Each 64-bit number is two 32-bit ones, `low` and `high`; `mix` is one long function with its state in local
 * variables, because that is many times as fast as a tidy one.
 */
export class SipHash {
  readonly #key: Int32Array;

  /** Takes the key: 16 random bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new Error(`a key has 16 bytes, not ${key.length}`);
    this.#key = Int32Array.from([0, 4, 8, 12], (offset) => littleEndian(key, offset));
  }

  /** Writes the 8 bytes of the hash of `message` to the beginning of `digest`. */
  hash(message: Uint8Array, digest: Uint8Array): void {
    const [low0, high0, low1, high1] = this.#key as unknown as [number, number, number, number];
    mix(low0, high0, low1, high1, message, digest);
  }
}

function mix(low0: number, high0: number, low1: number, high1: number, message: Uint8Array, digest: Uint8Array): void {
  // The key, each half of it twice, over "somepseudorandomlygeneratedbytes".
  let aLow = low0 ^ 0x70736575;
  let aHigh = high0 ^ 0x736f6d65;
  let bLow = low1 ^ 0x6e646f6d;
  let bHigh = high1 ^ 0x646f7261;
  let cLow = low0 ^ 0x6e657261;
  let cHigh = high0 ^ 0x6c796765;
  let dLow = low1 ^ 0x79746573;
  let dHigh = high1 ^ 0x74656462;
  const lastBlock = message.length >> 3;
  for (let block = 0; block <= lastBlock + 1; block += 1) {
    const ending = block > lastBlock;
    const low = ending ? 0 : littleEndian(message, block * 8);
    // The last block holds what is left of the message, and in its last byte the length.
    const high = ending ? 0 : littleEndian(message, block * 8 + 4) | (block === lastBlock ? message.length << 24 : 0);
    dLow ^= low;
    dHigh ^= high;
    if (ending) cLow ^= 0xff;
    for (let round = ending ? 0 : 2; round < 4; round += 1) {
      // SipRound: sums, rotations and exclusive ors, first of a with b and c with d, then of a with d and c with b.
      let sum = (aLow >>> 0) + (bLow >>> 0);
      aHigh = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      aLow = sum | 0;
      sum = (cLow >>> 0) + (dLow >>> 0);
      cHigh = (cHigh + dHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      cLow = sum | 0;
      let turned = (bLow << 13) | (bHigh >>> 19);
      bHigh = ((bHigh << 13) | (bLow >>> 19)) ^ aHigh;
      bLow = turned ^ aLow;
      turned = (dLow << 16) | (dHigh >>> 16);
      dHigh = ((dHigh << 16) | (dLow >>> 16)) ^ cHigh;
      dLow = turned ^ cLow;
      // a by 32 bits: its halves change places.
      sum = (aHigh >>> 0) + (dLow >>> 0);
      aHigh = (aLow + dHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      aLow = sum | 0;
      sum = (cLow >>> 0) + (bLow >>> 0);
      cHigh = (cHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      cLow = sum | 0;
      turned = (dLow << 21) | (dHigh >>> 11);
      dHigh = ((dHigh << 21) | (dLow >>> 11)) ^ aHigh;
      dLow = turned ^ aLow;
      turned = (bLow << 17) | (bHigh >>> 15);
      bHigh = ((bHigh << 17) | (bLow >>> 15)) ^ cHigh;
      bLow = turned ^ cLow;
      // c by 32 bits.
      turned = cLow;
      cLow = cHigh;
      cHigh = turned;
    }
    aLow ^= low;
    aHigh ^= high;
  }
  putLittleEndian(aLow ^ bLow ^ cLow ^ dLow, digest, 0);
  putLittleEndian(aHigh ^ bHigh ^ cHigh ^ dHigh, digest, 4);
}

/** Four bytes from `offset` on; those past the end are 0. */
function littleEndian(bytes: Uint8Array, offset: number): number {
  let word = 0;
  const end = Math.min(offset + 4, bytes.length);
  for (let at = end - 1; at >= offset; at -= 1) word = (word << 8) | (bytes[at] as number);
  return word;
}

function putLittleEndian(word: number, bytes: Uint8Array, offset: number): void {
  for (let byte = 0; byte < 4; byte += 1) bytes[offset + byte] = word >>> (8 * byte);
}
