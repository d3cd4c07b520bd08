import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './backoff.ts';

test('delays double up to the last one, and begin anew after a reset', () => {
  const backoff = new Backoff({ firstMs: 30, lastMs: 100 });
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next(), backoff.next()], [30, 60, 100, 100]);
  backoff.reset();
  assert.equal(backoff.next(), 30);
});
