import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawFormat, drawVersion, encodeFormat, encodeVersion } from './information.ts';
import { Matrix } from './matrix.ts';

test('format information: the example of Annex C, level M with mask 101', () => {
  assert.equal(encodeFormat(0b101), 0b100000011001110);
});

test('format information: of mask 000 nothing but what is laid over it is left', () => {
  assert.equal(encodeFormat(0), 0b101010000010010);
});

test('version information: the example of Annex D, version 7; and the last of Table D.1', () => {
  assert.deepEqual([encodeVersion(7), encodeVersion(40)], [0b000111110010010100, 0b101000110001101001]);
});

/** The value of modules, each as row and column, the most significant first. */
const bitsAt = (matrix: Matrix, places: readonly (readonly [number, number])[]): number =>
  places.reduce((bits, [row, column]) => bits * 2 + Number(matrix.isDark(row, column)), 0);

test('format information is there twice, bit 14 first (7.9.1)', () => {
  const matrix = new Matrix(21);
  drawFormat(matrix, 0b101);
  const beside = [0, 1, 2, 3, 4, 5, 7, 8].map((column) => [8, column] as const);
  const above = [7, 5, 4, 3, 2, 1, 0].map((row) => [row, 8] as const);
  assert.equal(bitsAt(matrix, [...beside, ...above]), 0b100000011001110);
  const lower = [20, 19, 18, 17, 16, 15, 14].map((row) => [row, 8] as const);
  const right = [13, 14, 15, 16, 17, 18, 19, 20].map((column) => [8, column] as const);
  assert.equal(bitsAt(matrix, [...lower, ...right]), 0b100000011001110);
  assert.ok(matrix.isDark(13, 8), 'the dark module');
});

test('version information is there twice from version 7 on, bit 17 first (7.10)', () => {
  const matrix = new Matrix(45);
  drawVersion(matrix, 7);
  const lower = [5, 4, 3, 2, 1, 0].flatMap((column) => [36, 35, 34].map((row) => [row, column] as const));
  assert.equal(bitsAt(matrix, lower), 0b000111110010010100);
  const right = lower.map(([row, column]) => [column, row] as const);
  assert.equal(bitsAt(matrix, right), 0b000111110010010100);
});

test('version 6 has no version information', () => {
  const matrix = new Matrix(41);
  drawVersion(matrix, 6);
  assert.ok(!matrix.isReserved(32, 0) && !matrix.isReserved(0, 32));
});
