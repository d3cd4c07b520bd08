/**
 * The modules of a symbol while it is made. Some are reserved: function patterns, format and version information are
 * there, and neither codewords nor masks touch them (6.3.7).
 */

/** The row and the column of the timing patterns (6.3.5). */
export const timingLine = 6;

export class Matrix {
  readonly size: number;
  /** The modules, row by row; 1 is dark. */
  readonly modules: Uint8Array;
  readonly #reserved: Uint8Array;

  /** Makes a matrix that is all light, or a copy of `other`. */
  constructor(size: number, other?: Matrix) {
    this.size = size;
    this.modules = other?.modules.slice() ?? new Uint8Array(size ** 2);
    // Copies are made when everything that is reserved is known.
    this.#reserved = other === undefined ? new Uint8Array(size ** 2) : other.#reserved;
  }

  copy(): Matrix {
    return new Matrix(this.size, this);
  }

  isDark(row: number, column: number): boolean {
    return this.#isInside(row, column) && this.modules[row * this.size + column] === 1;
  }

  isReserved(row: number, column: number): boolean {
    return this.#reserved[row * this.size + column] === 1;
  }

  /** Sets a module and reserves it. Outside of the symbol nothing happens: separators reach over its edges. */
  reserve(row: number, column: number, isDark: boolean): void {
    if (!this.#isInside(row, column)) return;
    this.#reserved[row * this.size + column] = 1;
    this.modules[row * this.size + column] = Number(isDark);
  }

  /** Turns a module over: dark becomes light, light becomes dark. */
  turn(row: number, column: number): void {
    this.modules[row * this.size + column] = Number(!this.isDark(row, column));
  }

  /**
   * The modules that are not reserved, in the order of the codewords' bits (7.7.3): in columns of two modules, from the
   * right to the left, up and down in turn, the right one of two modules first. At most 7 modules are left over.
   */
  *encodingRegion(): Generator<{ readonly row: number; readonly column: number }> {
    const { size } = this;
    let upward = true;
    for (let right = size - 1; right > 0; right -= 2) {
      // The vertical timing pattern takes a column from top to bottom.
      if (right === timingLine) right -= 1;
      for (let step = 0; step < size; step += 1) {
        const row = upward ? size - 1 - step : step;
        for (const column of [right, right - 1]) if (!this.isReserved(row, column)) yield { row, column };
      }
      upward = !upward;
    }
  }

  /** Places codewords (7.7.3), the most significant bit of each first. Modules that are left over stay light. */
  placeCodewords(codewords: Uint8Array): void {
    let bit = 0;
    for (const { row, column } of this.encodingRegion()) {
      const codeword = codewords[bit >>> 3] ?? 0;
      this.modules[row * this.size + column] = (codeword >>> (7 - (bit & 7))) & 1;
      bit += 1;
    }
  }

  #isInside(row: number, column: number): boolean {
    return row >= 0 && row < this.size && column >= 0 && column < this.size;
  }
}
