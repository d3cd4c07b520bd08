/**
 * The byte ranges of a data file that are taken. Pure.
 *
 * A piece lies where it lies in the file that it is a piece of, so that a complete data file is that file. Only when
 * that place is taken it goes behind everything else: so the new copy of a piece that is replaced never overwrites the
 * old one, which the index on the disk still names, and pieces whose offsets contradict each other do no harm.
 */
export class Places {
  /** The first bytes of the taken ranges, rising, and their ends: two arrays in step. */
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];

  /** Takes `size` bytes at `offset` if they are free, else behind the last taken byte; returns where. */
  take(offset: number, size: number): number {
    if (this.takeAt(offset, size)) return offset;
    const behind = Math.ceil((this.#ends.at(-1) ?? 0) / pageBytes) * pageBytes;
    this.takeAt(behind, size);
    return behind;
  }

  /** Takes `size` bytes at `offset`; false, and nothing is taken, if one of them is taken already or beyond the end. */
  takeAt(offset: number, size: number): boolean {
    if (offset + size > endMax) return false;
    const after = this.#firstNotBefore(offset);
    const previousEnd = this.#ends[after - 1] ?? 0;
    const nextBegin = this.#begins[after] ?? Number.POSITIVE_INFINITY;
    if (previousEnd > offset || nextBegin < offset + size) return false;
    this.#begins.splice(after, 0, offset);
    this.#ends.splice(after, 0, offset + size);
    return true;
  }

  /** Frees the range that begins at `offset`. */
  release(offset: number): void {
    const index = this.#firstNotBefore(offset);
    if (this.#begins[index] !== offset) throw new Error(`no taken range begins at ${offset}`);
    this.#begins.splice(index, 1);
    this.#ends.splice(index, 1);
  }

  /** The index of the first range that begins at `offset` or later, by bisection. */
  #firstNotBefore(offset: number): number {
    let low = 0;
    let high = this.#begins.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#begins[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The largest end of a place: 15 digits, the most that a line of the index has, and 50 times what ext4 can hold. */
const endMax = 999_999_999_999_999;

/**
 * The alignment of pieces that are moved out of the way: they do not share a page with a piece that is still written.
 */
const pageBytes = 4096;
