import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignmentCoordinates, capacities, capacityOf, codewordCount } from './capacity.ts';
import { drawFunctionPatterns } from './function-patterns.ts';

test('codewords of a symbol (Table 1)', () => {
  const versions = [1, 2, 6, 7, 13, 14, 21, 32, 40];
  assert.deepEqual(versions.map(codewordCount), [26, 44, 172, 196, 532, 581, 1156, 2465, 3706]);
});

test('data codewords at level M (Table 7)', () => {
  const versions = [1, 2, 5, 9, 10, 22, 27, 40];
  const counts = versions.map((version) => capacityOf(version).dataCodewords);
  assert.deepEqual(counts, [16, 28, 86, 182, 216, 782, 1128, 2334]);
});

test('alignment patterns (Table E.1)', () => {
  const rows: readonly (readonly number[])[] = [
    [1],
    [2, 6, 18],
    [7, 6, 22, 38],
    [14, 6, 26, 46, 66],
    [15, 6, 26, 48, 70],
    [16, 6, 26, 50, 74],
    [22, 6, 26, 50, 74, 98],
    [32, 6, 34, 60, 86, 112, 138],
    [36, 6, 24, 50, 76, 102, 128, 154],
    [39, 6, 26, 54, 82, 110, 138, 166],
    [40, 6, 30, 58, 86, 114, 142, 170],
  ];
  for (const [version, ...coordinates] of rows) {
    assert.deepEqual(alignmentCoordinates(version as number), coordinates, `version ${version}`);
  }
});

test('in every version the function patterns leave room for the codewords, and for at most 7 modules more', () => {
  for (const { version } of capacities) {
    const modules = [...drawFunctionPatterns(version).encodingRegion()].length;
    assert.equal(Math.floor(modules / 8), codewordCount(version), `version ${version}`);
  }
});

test('there are versions 1 to 40', () => {
  assert.throws(() => capacityOf(0), /version 0/);
  assert.throws(() => capacityOf(41), /version 41/);
});
