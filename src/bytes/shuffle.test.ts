import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shuffled } from './shuffle.ts';

test('every order of three comes, each by its own random numbers', () => {
  const orders = new Set<string>();
  for (const first of [0, 0.34, 0.67]) {
    for (const second of [0, 0.5]) {
      const numbers = [first, second];
      orders.add(shuffled('abc', () => numbers.shift() ?? 0).join(''));
    }
  }
  assert.deepEqual([...orders].sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
});

test('the items themselves stay as they are', () => {
  const items = [1, 2, 3];
  shuffled(items, () => 0);
  assert.deepEqual(items, [1, 2, 3]);
});
