/**
 * A set of piece indices, one bit each, highest bit of the first byte first: the layout of a `bitfield` message (BEP
 * 3), so that it crosses the wire as it stands.
 */
export class Bitfield {
  readonly size: number;
  readonly bytes: Uint8Array;
  #count = 0;

  /** An empty set for indices 0 to `size - 1`. */
  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array((size + 7) >>> 3);
  }

  /** How many indices are in the set. */
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

  /** The indices in the set, rising. */
  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.size; index += 1) if (this.has(index)) yield index;
  }
}
