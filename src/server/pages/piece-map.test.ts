import assert from 'node:assert/strict';
import test from 'node:test';
import { pieceCells } from './piece-map.ts';

test('piece map: few pieces, a cell each', () =>
  assert.deepEqual(pieceCells([2, 0]), [
    { first: 0, last: 0, copies: 2 },
    { first: 1, last: 1, copies: 0 },
  ]));

test('piece map: many pieces, and the hole among them is seen', () => {
  const map = Array.from({ length: 10_001 }, (_, piece) => (piece === 7777 ? 0 : 2));
  const cells = pieceCells(map);
  assert.equal(cells.length, 96);
  assert.deepEqual([cells[0]?.first, cells.at(-1)?.last], [0, 10_000]);
  for (const [index, { first }] of cells.entries()) assert.equal(first, (cells[index - 1]?.last ?? -1) + 1);
  assert.deepEqual(
    cells.filter(({ copies }) => copies === 0).map(({ first, last }) => first <= 7777 && 7777 <= last),
    [true],
  );
});

test('piece map: no pieces, no cells', () => assert.deepEqual(pieceCells([]), []));
