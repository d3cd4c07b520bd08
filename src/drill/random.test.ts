import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shuffled } from '../bytes/shuffle.ts';
import { below, pick, seededBytes, seededRandom } from './random.ts';

const some = (random: () => number): number[] => Array.from({ length: 1000 }, random);

test('the same seed gives the same numbers, another seed or purpose gives others', () => {
  const first = some(seededRandom(7, 'K1'));
  assert.deepEqual(some(seededRandom(7, 'K1')), first);
  assert.notDeepEqual(some(seededRandom(8, 'K1')), first);
  assert.notDeepEqual(some(seededRandom(7, 'K2')), first);
});

test('numbers are spread over the whole range', () => {
  const tenths = new Set(some(seededRandom(1)).map((number) => Math.floor(number * 10)));
  assert.deepEqual([...tenths].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('below and pick stay within', () => {
  const random = seededRandom(2);
  const numbers = new Set(Array.from({ length: 200 }, () => below(random, 3)));
  assert.deepEqual([...numbers].sort(), [0, 1, 2]);
  assert.deepEqual(new Set(Array.from({ length: 200 }, () => pick(random, ['a', 'b']))), new Set(['a', 'b']));
});

test('shuffled keeps every value, in an order that the seed repeats', () => {
  const values = Array.from({ length: 50 }, (_, index) => index);
  const order = shuffled(values, seededRandom(3));
  assert.deepEqual(
    order.toSorted((one, other) => one - other),
    values,
  );
  assert.notDeepEqual(order, values);
  assert.deepEqual(shuffled(values, seededRandom(3)), order);
});

test('bytes follow from the seed; a shorter run is the beginning of a longer one', () => {
  const bytes = seededBytes('a', 100_000);
  assert.equal(bytes.length, 100_000);
  assert.ok(seededBytes('a', 1000).equals(bytes.subarray(0, 1000)));
  assert.ok(!seededBytes('b', 1000).equals(bytes.subarray(0, 1000)));
  assert.equal(seededBytes('a', 0).length, 0);
});
