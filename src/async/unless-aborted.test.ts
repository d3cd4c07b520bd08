import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unlessAborted } from './unless-aborted.ts';

const reason = new Error('enough');
const never = new Promise<never>(() => {});

test('work that ends first is what counts', async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(new Error('failed')), signal), /failed/);
});

test('a signal that comes first, or came before, leaves the work', async () => {
  const ending = new AbortController();
  const left = unlessAborted(never, ending.signal);
  ending.abort(reason);
  await assert.rejects(left, reason);
  await assert.rejects(unlessAborted(never, ending.signal), reason);
  await assert.rejects(unlessAborted(Promise.reject(new Error('unheard')), ending.signal), reason);
});
