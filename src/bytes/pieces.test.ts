import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieceRanges } from './pieces.ts';

const rows = [
  { name: 'nothing', parts: [], ranges: [] },
  { name: 'one', parts: [7], ranges: [{ first: 7, last: 7 }] },
  { name: 'neighbours', parts: [0, 1, 2], ranges: [{ first: 0, last: 2 }] },
  {
    name: 'any order, twice the same',
    parts: [10, 2, 9, 2, 1],
    ranges: [
      { first: 1, last: 2 },
      { first: 9, last: 10 },
    ],
  },
  { name: 'the last there can be', parts: [2 ** 32 - 1], ranges: [{ first: 2 ** 32 - 1, last: 2 ** 32 - 1 }] },
];
for (const { name, parts, ranges } of rows) {
  test(`ranges of ${name}`, () => assert.deepEqual(pieceRanges(parts), ranges));
}
