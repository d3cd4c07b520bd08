import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inParallel } from './in-parallel.ts';

/** Promises to be settled by hand, one for each call. */
function byHand() {
  const calls: { readonly item: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const work = (item: number): Promise<void> => new Promise((resolve, reject) => calls.push({ item, resolve, reject }));
  return { calls, work };
}

const settled = (): Promise<void> => new Promise(setImmediate);

test('no more than the limit is under way, and every item has its turn', async () => {
  const { calls, work } = byHand();
  const all = inParallel([1, 2, 3, 4, 5], 2, work);
  for (let done = 0; done < 5; done += 1) {
    assert.equal(calls.length, Math.min(5, done + 2));
    calls[done]?.resolve();
    await settled();
  }
  await all;
  assert.deepEqual(
    calls.map(({ item }) => item),
    [1, 2, 3, 4, 5],
  );
});

test('after a failure nothing more is begun, and it is told once the rest has ended', async () => {
  const { calls, work } = byHand();
  let over = false;
  const all = inParallel([1, 2, 3, 4], 2, work).finally(() => {
    over = true;
  });
  all.catch(() => {});
  calls[0]?.reject(new Error('the first'));
  await settled();
  assert.deepEqual([calls.length, over], [2, false]);
  calls[1]?.reject(new Error('the second'));
  await assert.rejects(all, /the first/);
});

test('no items, nothing to do', () => inParallel([], 4, () => Promise.reject(new Error('never called'))));
