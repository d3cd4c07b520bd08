import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tiers } from './tiers.ts';

/** Leaves every tier as it is. */
const first = (): number => 0;
/** Turns every tier of `abc`, none, `d` and `ef` round: one number for each item. */
const numbers = [0.999, 0, 0, 0, 0.999, 0].values();
const last = (): number => numbers.next().value as number;

test('tiers are asked in their order, each shuffled', () => {
  const given = [['a', 'b', 'c'], [], ['d'], ['e', 'f']];
  assert.equal([...new Tiers(given, first)].join(''), 'abcdef');
  assert.equal([...new Tiers(given, last)].join(''), 'cbadfe');
  assert.deepEqual(given, [['a', 'b', 'c'], [], ['d'], ['e', 'f']], 'what was given stays as it is');
  assert.deepEqual([...new Tiers([], last)], []);
});

test('every order of a tier is as likely as any other', () => {
  const counts = new Map<string, number>();
  // All values of two dice: 3 to choose the first of three, 2 the second.
  for (const one of [0, 1 / 3, 2 / 3]) {
    for (const two of [0, 1 / 2]) {
      const dice = [one, two, 0].values();
      const order = [...new Tiers([['a', 'b', 'c']], () => dice.next().value as number)].join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
  }
  assert.deepEqual([...counts.keys()].sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
});

test('who is promoted is asked first in its tier, and no sooner', () => {
  const tiers = new Tiers([['a'], ['b', 'c', 'd']], first);
  const asking = tiers[Symbol.iterator]();
  tiers.promote('d');
  assert.equal([...asking].join(''), 'abcd', 'who is asking goes on in the old order');
  assert.equal([...tiers].join(''), 'adbc');
  tiers.promote('b');
  tiers.promote('nobody');
  assert.equal([...tiers].join(''), 'abdc');
});
