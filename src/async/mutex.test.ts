import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mutex } from './mutex.ts';

test('one step at a time, in their order, also when one fails', async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const step = (name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
    if (name === 'b') throw new Error('b failed');
    return name;
  };
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => mutex.run(step(name))));
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ['a', 'b failed', 'c'],
  );
});

test('free and settled once everything that was asked for has ended', async () => {
  const mutex = new Mutex();
  await mutex.settled();
  let ended = false;
  const failing = mutex.run(async () => {
    await new Promise(setImmediate);
    ended = true;
    throw new Error('failed');
  });
  assert.equal(mutex.free, false);
  await Promise.all([assert.rejects(failing, /failed/), mutex.settled()]);
  assert.deepEqual([ended, mutex.free], [true, true]);
});
