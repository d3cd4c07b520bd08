/** For tests of downloads: chance that repeats itself, and peers to ask. */
import { Bitfield } from '../../bytes/bitfield.ts';
import type { PickerPeer } from './download/picker.ts';

/** Numbers from 0 to below 1, the same for the same `seed` (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to below `end`. */
export function below(end: number, random: () => number): number {
  return Math.floor(random() * end);
}

export function oneOf<Value>(values: readonly Value[], random: () => number): Value {
  return values[below(values.length, random)] as Value;
}

export function bitfieldOf(size: number, indices: Iterable<number> = Array(size).keys()): Bitfield {
  const bits = new Bitfield(size);
  for (const index of indices) bits.add(index);
  return bits;
}

/** A peer for the picker: what it has, and what it does not give after all. */
export class TestPeer implements PickerPeer {
  readonly name: string;
  readonly pieces: Bitfield;
  readonly lastResort: boolean;
  readonly refused = new Set<number>();
  inReserve: boolean;
  bytesPerSecond = 0;

  constructor(name: string, pieces: Bitfield, lastResort = false) {
    this.name = name;
    this.pieces = pieces;
    this.lastResort = lastResort;
    this.inReserve = lastResort;
  }

  get owes(): number {
    return 0;
  }

  refuses(index: number): boolean {
    return this.refused.has(index);
  }
}
