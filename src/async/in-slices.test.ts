import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSlices } from './in-slices.ts';

/** Steps of a millisecond each, by a clock that they turn. */
function scene(count: number) {
  let nowMs = 0;
  const steps = function* (): Generator<undefined, string> {
    for (let step = 0; step < count; step += 1) {
      nowMs += 1;
      yield undefined;
    }
    return 'done';
  };
  let turns = 0;
  let running = true;
  const countTurns = (): void => {
    turns += 1;
    if (running) setImmediate(countTurns);
  };
  setImmediate(countTurns);
  const stop = (): number => {
    running = false;
    return turns;
  };
  return { steps: steps(), clock: { now: () => nowMs }, stop };
}

test('other work is done after every ten milliseconds', async () => {
  const { steps, clock, stop } = scene(100);
  assert.equal(await inSlices(steps, clock), 'done');
  assert.equal(stop(), 10);
});

test('what is done in one slice waits for nobody', async () => {
  const { steps, clock, stop } = scene(9);
  assert.equal(await inSlices(steps, clock), 'done');
  assert.equal(stop(), 0);
});

test('the control: by a clock that stands still nobody else has a turn', async () => {
  const { steps, stop } = scene(100);
  await inSlices(steps, { now: () => 0 });
  assert.equal(stop(), 0);
});

test('an error of a step is the error of all', async () => {
  const failing = (function* (): Generator<undefined, void> {
    yield undefined;
    throw new Error('a fault');
  })();
  await assert.rejects(inSlices(failing), /a fault/);
});
