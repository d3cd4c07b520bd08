import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCorrection, generatorPolynomial, multiply } from './reed-solomon.ts';

/** The number 2 to the power of `exponent`, by multiplying. */
const power = (exponent: number): number => (exponent === 0 ? 1 : multiply(2, power(exponent - 1)));

test('multiplication in GF(2^8)', () => {
  const products = [multiply(0, 7), multiply(7, 0), multiply(1, 7), multiply(2, 0x80), multiply(0xff, 2)];
  assert.deepEqual(products, [0, 0, 7, 0x1d, 0xe3]);
  assert.equal(power(255), 1);
});

/** Annex A: the coefficients, as powers of 2. */
const generators: readonly (readonly number[])[] = [
  [87, 229, 146, 149, 238, 102, 21],
  [251, 67, 46, 61, 118, 70, 64, 94, 32, 45],
  [8, 183, 61, 91, 202, 37, 51, 58, 58, 237, 140, 124, 5, 99, 105],
];
for (const exponents of generators) {
  test(`the generator polynomial of degree ${exponents.length}`, () => {
    assert.deepEqual([...generatorPolynomial(exponents.length)], exponents.map(power));
  });
}

test('the example of Annex I', () => {
  const data = Uint8Array.from([16, 32, 12, 86, 97, 128, 236, 17, 236, 17, 236, 17, 236, 17, 236, 17]);
  const correction = encodeCorrection(data, generatorPolynomial(10));
  assert.deepEqual([...correction], [165, 36, 212, 193, 237, 54, 199, 135, 44, 85]);
});

test('data and correction together are 0 at every root of the generator', () => {
  const data = Uint8Array.from({ length: 43 }, (_, index) => (index * 37 + 5) & 0xff);
  const block = [...data, ...encodeCorrection(data, generatorPolynomial(28))];
  const valueAt = (x: number): number => block.reduce((value, codeword) => multiply(value, x) ^ codeword, 0);
  for (let exponent = 0; exponent < 28; exponent += 1) assert.equal(valueAt(power(exponent)), 0);
  assert.notEqual(valueAt(power(28)), 0);
});
