import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channel } from './channel.ts';

/** Whether `promise` has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise(setImmediate);
  return done;
}

test('items come in order, sent before or after they are asked for', async () => {
  const channel = new Channel<number>(10);
  const items = channel.items();
  await channel.send(1);
  await channel.send(2);
  assert.deepEqual([(await items.next()).value, (await items.next()).value], [1, 2]);
  assert.ok(channel.empty);
  const third = items.next();
  await channel.send(3);
  assert.equal((await third).value, 3);
  channel.end();
  assert.equal((await items.next()).done, true);
});

test('who makes more than there is room for waits until some are taken', async () => {
  const channel = new Channel<number>(1);
  const items = channel.items();
  assert.ok(await settled(channel.send(1)));
  const second = channel.send(2);
  const third = channel.send(3);
  assert.ok(!(await settled(second)));
  await items.next();
  assert.ok(await settled(second));
  assert.ok(!(await settled(third)));
});

test('at the end nobody is made to wait, and what comes later is dropped', async () => {
  const channel = new Channel<number>(0);
  const first = channel.send(1);
  channel.end();
  await first;
  await channel.send(2);
  const taken: number[] = [];
  for await (const item of channel.items()) taken.push(item);
  assert.deepEqual(taken, [1]);
});

test('a failure comes after what was sent before it, and a second end changes nothing', async () => {
  const channel = new Channel<number>(5);
  await channel.send(1);
  channel.end({ error: new Error('broken') });
  channel.end();
  const items = channel.items();
  assert.equal((await items.next()).value, 1);
  await assert.rejects(items.next(), /broken/);
});
