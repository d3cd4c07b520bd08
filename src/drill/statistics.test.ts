import assert from 'node:assert/strict';
import { test } from 'node:test';
import { largest, median, quantile } from './statistics.ts';

test('of a few numbers in any order', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2);
  assert.equal(largest([2, 9, 3]), 9);
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(
    [0, 0.01, 0.95, 1].map((share) => quantile(hundred, share)),
    [1, 1, 95, 100],
  );
});

test('of none', () => assert.deepEqual([median([]), largest([])], [0, 0]));
