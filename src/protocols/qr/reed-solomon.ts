/**
 * Error correction codewords (7.5.2, Annex A): the remainder of the data, read as a polynomial over GF(2^8), divided by
 * a generator polynomial. A reader can correct wrong codewords up to half the number of these.
 */

/** The polynomial that is 0 in this field: x^8 + x^4 + x^3 + x^2 + 1 (7.5.2). */
const fieldPolynomial = 0x11d;

/** The powers of 2, which are all elements of the field but 0. */
const powers = new Uint8Array(255);
/** The exponent of each element but 0, as a power of 2. */
const logarithms = new Uint8Array(256);

let power = 1;
for (let exponent = 0; exponent < 255; exponent += 1) {
  powers[exponent] = power;
  logarithms[power] = exponent;
  power <<= 1;
  if (power > 0xff) power ^= fieldPolynomial;
}

/** The product of two elements of GF(2^8). */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return powers[((logarithms[a] as number) + (logarithms[b] as number)) % 255] as number;
}

/**
 * The generator polynomial (Annex A): (x - 2^0)(x - 2^1)... with `degree` factors, from the highest coefficient down,
 * without the first, which is 1.
 */
export function generatorPolynomial(degree: number): Uint8Array {
  const coefficients = new Uint8Array(degree);
  for (let factor = 0; factor < degree; factor += 1) {
    const root = powers[factor] as number;
    // Times x moves every coefficient up by one place; minus `root` times what was there.
    let above = 1;
    for (let place = 0; place <= factor; place += 1) {
      const here = coefficients[place] as number;
      coefficients[place] = here ^ multiply(above, root);
      above = here;
    }
  }
  return coefficients;
}

/** The error correction codewords of one block, as many as `generator.length`. */
export function encodeCorrection(data: Uint8Array, generator: Uint8Array): Uint8Array {
  const remainder = new Uint8Array(generator.length);
  for (const codeword of data) {
    const factor = codeword ^ (remainder[0] as number);
    remainder.copyWithin(0, 1);
    remainder[remainder.length - 1] = 0;
    for (let place = 0; place < generator.length; place += 1) {
      remainder[place] = (remainder[place] as number) ^ multiply(generator[place] as number, factor);
    }
  }
  return remainder;
}
