import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoalescedTask } from './coalesced-task.ts';

/** A task whose runs are ended by hand, in their order. */
function byHand() {
  const runs: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const task = new CoalescedTask(() => new Promise((end, fail) => runs.push({ end, fail })));
  return { task, runs };
}

const turn = (): Promise<void> => new Promise(setImmediate);

test('it runs at once, and once more for all who ask meanwhile', async () => {
  const { task, runs } = byHand();
  const settled: string[] = [];
  const note = (name: string) => task.run().then(() => settled.push(name));
  const all = [note('first'), note('second'), note('third')];
  assert.deepEqual([runs.length, task.running, task.requested], [1, true, true]);
  runs[0]?.end();
  await turn();
  assert.deepEqual([runs.length, settled, task.requested], [2, ['first'], false]);
  const fourth = note('fourth');
  runs[1]?.end();
  await turn();
  assert.deepEqual([runs.length, settled], [3, ['first', 'second', 'third']]);
  runs[2]?.end();
  await Promise.all([...all, fourth]);
  assert.deepEqual([runs.length, task.running, task.requested], [3, false, false]);
});

test('a failure is told to those who asked for that run, and the next one begins all the same', async () => {
  const { task, runs } = byHand();
  const first = assert.rejects(task.run(), /the disk is full/);
  const second = task.run();
  runs[0]?.fail(new Error('the disk is full'));
  await first;
  await turn();
  assert.equal(runs.length, 2);
  runs[1]?.end();
  await second;
});

test('idle when no run is under way, nor asked for', async () => {
  const { task, runs } = byHand();
  await task.idle();
  task.request();
  task.request();
  let idle = false;
  const waiting = task.idle().then(() => {
    idle = true;
  });
  runs[0]?.end();
  await turn();
  assert.deepEqual([runs.length, idle], [2, false]);
  runs[1]?.end();
  await waiting;
  assert.equal(runs.length, 2);
});

test('who asks while one run ends and the next begins, shares that one', async () => {
  const { task, runs } = byHand();
  const asked = task.run().then(() => task.run());
  const second = task.run();
  runs[0]?.end();
  await turn();
  assert.equal(runs.length, 2);
  runs[1]?.end();
  await turn();
  for (const { end } of runs.slice(2)) end();
  await Promise.all([asked, second]);
});
