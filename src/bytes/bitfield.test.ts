import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from './bitfield.ts';
import { partRanges } from './pieces.ts';

function setOf(size: number, indices: Iterable<number>): Bitfield {
  const set = new Bitfield(size);
  for (const index of indices) set.add(index);
  return set;
}

const table: readonly { name: string; size: number; indices: readonly number[]; ranges: string }[] = [
  { name: 'nothing', size: 20, indices: [], ranges: '' },
  { name: 'of no size', size: 0, indices: [], ranges: '' },
  { name: 'everything', size: 20, indices: [...Array(20).keys()], ranges: '0-19' },
  { name: 'everything, in whole bytes', size: 16, indices: [...Array(16).keys()], ranges: '0-15' },
  { name: 'the first and the last', size: 20, indices: [0, 19], ranges: '0 19' },
  { name: 'across bytes', size: 40, indices: [6, 7, 8, 9, 24, 25, 26], ranges: '6-9 24-26' },
  { name: 'a byte and a bit', size: 40, indices: [8, 9, 10, 11, 12, 13, 14, 15, 16, 32], ranges: '8-16 32' },
];
for (const { name, size, indices, ranges } of table) {
  test(`the ranges of ${name}`, () => {
    const found = [...setOf(size, indices).ranges()];
    assert.equal(found.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(' '), ranges);
    assert.deepEqual(found, partRanges(indices));
  });
}

test('sets are equal when the same indices are in them', () => {
  assert.ok(setOf(20, [1, 12]).equals(setOf(20, [12, 1])));
  assert.ok(!setOf(20, [1, 12]).equals(setOf(20, [1, 13])));
  assert.ok(!setOf(20, [1]).equals(setOf(20, [1, 12])));
});
