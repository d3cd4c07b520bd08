import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ByteBudget } from './byte-budget.ts';

/** Work of `bytes` bytes that runs until it is released; `started` tells the order. */
function hold(budget: ByteBudget, name: string, bytes: number, started: string[]) {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const done = budget.run(bytes, async () => {
    started.push(name);
    await held;
  });
  return { release, done };
}

test('work runs at once as long as it fits, to the byte', async () => {
  const started: string[] = [];
  const budget = new ByteBudget(100);
  const works = [hold(budget, 'a', 60, started), hold(budget, 'b', 40, started), hold(budget, 'c', 1, started)];
  assert.deepEqual(started, ['a', 'b']);
  works[1]?.release();
  await turn();
  assert.deepEqual(started, ['a', 'b', 'c']);
  for (const { release, done } of works) {
    release();
    await done;
  }
});

test('large work is not overtaken by small work behind it', async () => {
  const started: string[] = [];
  const budget = new ByteBudget(100);
  const [first, large, small] = [
    hold(budget, 'first', 50, started),
    hold(budget, 'large', 80, started),
    hold(budget, 'small', 1, started),
  ];
  assert.deepEqual(started, ['first']);
  first.release();
  await turn();
  assert.deepEqual(started, ['first', 'large', 'small']);
  large.release();
  small.release();
  await Promise.all([first.done, large.done, small.done]);
});

test('work larger than the whole budget runs alone', async () => {
  const started: string[] = [];
  const budget = new ByteBudget(100);
  const [huge, small] = [hold(budget, 'huge', 1000, started), hold(budget, 'small', 1, started)];
  assert.deepEqual(started, ['huge']);
  huge.release();
  await turn();
  assert.deepEqual(started, ['huge', 'small']);
  small.release();
  await small.done;
});

test('work that fails gives its bytes back', async () => {
  const budget = new ByteBudget(1);
  await assert.rejects(
    budget.run(1, () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await budget.run(1, async () => 'ran'), 'ran');
});
