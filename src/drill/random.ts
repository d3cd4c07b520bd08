/** Random choices, and bytes, that a seed repeats. Not for secrets. */
import { createCipheriv, createHash } from 'node:crypto';

export type Random = () => number;

/** Numbers from 0 to just below 1 (mulberry32), the same for the same seed and purpose. */
export function seededRandom(seed: number, purpose = ''): Random {
  let state = createHash('sha256').update(`${seed}:${purpose}`).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to `below` - 1. */
export function below(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** One of `values`, of which there is at least one. */
export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[below(random, values.length)] as Value;
}

/** `length` bytes that look random and follow from `seed`: what was uploaded need not be kept to be compared. */
export function seededBytes(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  // A stream cipher over nothing: as fast as bytes can be made, and no two blocks alike.
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
