import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedLock } from './keyed-lock.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

test('steps of one key wait for each other, those of another key do not', async () => {
  const lock = new KeyedLock<string>();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const step = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((end) => ends.set(name, end));
  };
  await lock.settled();
  const steps = [lock.run('a', step('a1')), lock.run('a', step('a2')), lock.run('b', step('b1'))];
  await turn();
  assert.deepEqual(begun, ['a1', 'b1']);
  assert.deepEqual([lock.has('a'), lock.has('c')], [true, false]);
  const both = lock.runAll(['b', 'a', 'b'], step('both'));
  ends.get('a1')?.();
  ends.get('b1')?.();
  await turn();
  assert.deepEqual(begun, ['a1', 'b1', 'a2']);
  ends.get('a2')?.();
  await turn();
  assert.equal(begun.at(-1), 'both');
  ends.get('both')?.();
  const settled = Promise.all([lock.settled(), lock.settled('a')]);
  await Promise.all([...steps, both]);
  await settled;
  assert.equal(lock.has('a'), false);
});

test('a step that fails does not keep the next one of its key', async () => {
  const lock = new KeyedLock<string>();
  const failing = assert.rejects(
    lock.run('a', () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await lock.run('a', async () => 'ran'), 'ran');
  await failing;
  assert.equal(await lock.runAll([], async () => 'no key'), 'no key');
});
