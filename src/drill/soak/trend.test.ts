import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trendOf } from './trend.ts';

const points = (...values: number[]) => values.map((value, hours) => ({ hours, value }));

test('a straight line has its slope and no error', () =>
  assert.deepEqual(trendOf(points(1, 3, 5, 7)), { perHour: 2, error: 0 }));

test('the error tells how far the points are off the line', () => {
  const { perHour, error } = trendOf(points(0, 1, 0, 1, 0, 1));
  // By hand: slope 1.5 / 17.5; residuals 1.3714 / 4 degrees of freedom.
  assert.ok(Math.abs(perHour - 0.0857) < 0.0001);
  assert.ok(Math.abs(error - 0.14) < 0.001);
});
