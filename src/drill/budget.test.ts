import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from './budget.ts';

const long = { fullMinutes: 4 };
const soak = { fullMinutes: 0 };
const minute = 60_000;

test('without a bound everything is done, and the soak lasts five minutes', () => {
  const budget = new Budget(undefined, 'full', 0);
  assert.deepEqual(budget.share(long, 7, 1e9), { scale: 'full', minutes: 5 });
});

test('a drill is shortened when its share of what is left is less than it needs', () => {
  const budget = new Budget(28, 'full', 1000);
  assert.equal(budget.share(long, 7, 1000)?.scale, 'full');
  assert.equal(budget.share(long, 7, 1001)?.scale, 'test');
  assert.equal(budget.share(long, 1, 1000 + 24 * minute)?.scale, 'full', 'others were quicker than their share');
  assert.equal(new Budget(28, 'test', 0).share(long, 1, 0)?.scale, 'test', '--quick stays quick');
});

test('a soak gets what is left, but for its control; nothing is begun when the time is over', () => {
  const budget = new Budget(3, 'full', 0);
  assert.deepEqual(budget.share(soak, 1, 0), { scale: 'full', minutes: 2.5 });
  assert.deepEqual(budget.share(soak, 1, 3 * minute - 6000), { scale: 'full', minutes: 0.03 });
  assert.equal(budget.share(soak, 1, 3 * minute), undefined);
  assert.match(budget.timeIsUp.message, /^the 3 minutes were over/);
});
