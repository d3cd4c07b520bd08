import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Speed } from './speed.ts';

test('nothing is known before there are two samples', () => {
  const speed = new Speed();
  speed.sample(0, 100);
  assert.equal(speed.bytesPerSecond, 0);
  assert.equal(speed.secondsFor(1), undefined);
});

test('the last seconds count, not what was before', () => {
  const speed = new Speed();
  for (let second = 0; second <= 10; second += 1) speed.sample(second * 1000, second * 10);
  for (let second = 11; second <= 14; second += 1) speed.sample(second * 1000, 100 + (second - 10) * 1000);
  assert.equal(speed.bytesPerSecond, 1000);
  assert.equal(speed.secondsFor(5000), 5);
});

test('what stands still has no time left', () => {
  const speed = new Speed();
  for (let second = 0; second <= 4; second += 1) speed.sample(second * 1000, 500);
  assert.equal(speed.secondsFor(1), undefined);
});

test('when the clock is set back it begins anew', () => {
  const speed = new Speed();
  speed.sample(9_000_000, 0);
  speed.sample(9_001_000, 100);
  for (let second = 0; second <= 2; second += 1) speed.sample(second * 1000, 200 + second * 10);
  assert.equal(speed.bytesPerSecond, 10);
});
