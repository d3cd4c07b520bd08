/**
 * A set of piece indices, one bit each, highest bit of the first byte first: the layout of a `bitfield` message (BEP 3,
 * "peer messages"), so that it crosses the wire as it stands.
 */
import type { PieceRange } from './pieces.ts';

export class Bitfield {
  readonly size: number;
  readonly bytes: Uint8Array;
  #count = 0;

  /** An empty set for indices 0 to `size - 1`. */
  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array((size + 7) >>> 3);
  }

  /** The number of indices in the set. */
  get count(): number {
    return this.#count;
  }

  /** Whether every index is in the set. */
  get full(): boolean {
    return this.#count === this.size;
  }

  has(index: number): boolean {
    return ((this.bytes[index >>> 3] ?? 0) & (0x80 >>> (index & 7))) !== 0;
  }

  /** Puts `index` in; true when it was not there before. */
  add(index: number): boolean {
    if (index < 0 || index >= this.size) throw new RangeError(`piece ${index} of ${this.size}`);
    if (this.has(index)) return false;
    this.bytes[index >>> 3] = (this.bytes[index >>> 3] ?? 0) | (0x80 >>> (index & 7));
    this.#count += 1;
    return true;
  }

  /** Takes `index` out; true when it was there. */
  remove(index: number): boolean {
    if (!this.has(index)) return false;
    this.bytes[index >>> 3] = (this.bytes[index >>> 3] ?? 0) & ~(0x80 >>> (index & 7));
    this.#count -= 1;
    return true;
  }

  /** The number of the indices `first` to `end - 1` that are in the set. */
  countWithin(first: number, end: number): number {
    let count = 0;
    for (let index = first; index < end; ) {
      const whole = (index & 7) === 0 && index + 8 <= end;
      if (whole) count += onesIn(this.bytes[index >>> 3] ?? 0);
      else if (this.has(index)) count += 1;
      index += whole ? 8 : 1;
    }
    return count;
  }

  /** Whether the same indices are in both. */
  equals(other: Bitfield): boolean {
    return this.#count === other.#count && this.bytes.every((byte, at) => byte === other.bytes[at]);
  }

  /** The ranges that the indices in the set fall into: rising and apart. */
  *ranges(): Generator<PieceRange> {
    for (let first = this.#next(0, true); first < this.size; ) {
      const end = this.#next(first, false);
      yield { first, last: end - 1 };
      first = this.#next(end, true);
    }
  }

  /** The first index from `from` on that is in the set, or is not; `size` when there is none. */
  #next(from: number, wanted: boolean): number {
    const passed = wanted ? 0x00 : 0xff; // a byte in which there is none
    let index = from;
    while (index < this.size && this.has(index) !== wanted) {
      index += (index & 7) === 0 && this.bytes[index >>> 3] === passed ? 8 : 1;
    }
    return Math.min(index, this.size);
  }

  /** The indices in the set, rising. */
  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.size; index += 1) if (this.has(index)) yield index;
  }
}

/** The number of bits of a byte that are set: counted in pairs, in fours, in all eight. */
function onesIn(byte: number): number {
  const pairs = byte - ((byte >>> 1) & 0x55);
  const fours = (pairs & 0x33) + ((pairs >>> 2) & 0x33);
  return (fours + (fours >>> 4)) & 0x0f;
}
