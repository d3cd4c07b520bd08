import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './clock.testing.ts';
import { type Clock, delay, systemClock } from './clock.ts';

/** Has a clock call until the third time, then ends that; returns how often it called. */
async function calls(clock: Clock, ms: number, pass: (ms: number) => void): Promise<number> {
  let count = 0;
  await new Promise<void>((resolve) => {
    const end = clock.every(ms, () => {
      count += 1;
      if (count < 3) return;
      end();
      resolve();
    });
    pass(10 * ms);
  });
  return count;
}

test('every calls again and again until it is ended, by the system and by hand', async () => {
  const manual = new ManualClock();
  assert.equal(await calls(manual, 1000, (ms) => manual.pass(ms)), 3);
  assert.equal(manual.nextMs, undefined);
  const alive = setInterval(() => {}, 1000); // the clock's own timers do not keep the process alive
  assert.equal(await calls(systemClock, 1, () => {}), 3);
  clearInterval(alive);
});

test('a delay ends when its time has come', async () => {
  const clock = new ManualClock();
  const done = delay(clock, 500);
  clock.pass(499);
  assert.equal(clock.nextMs, 1);
  clock.pass(1);
  await done;
});

test('a delay ends with the reason of its signal, and waits for nothing then', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const done = delay(clock, 500, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(done, /enough/);
  assert.equal(clock.nextMs, undefined);
  await assert.rejects(delay(clock, 500, stop.signal), /enough/);
});
