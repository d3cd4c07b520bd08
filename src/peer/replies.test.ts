import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { ManualClock } from '../async/clock.testing.ts';
import { FifoWriter } from '../io/fifo/writer.ts';
import { Replies } from './replies.ts';

const stallMs = 10_000;

test('replies that nobody takes are given up, replies that are taken slowly are not', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const clock = new ManualClock();
  const replies = new Replies(async (onBroken) => new FifoWriter(stream, onBroken), assert.fail, clock);
  let sent = 0;
  const sending = Array.from({ length: 20 }, async (_, pieceIndex) => {
    await replies.ok('GET_PART', String(pieceIndex), {}, Buffer.alloc(1000));
    sent += 1;
  });
  const all = Promise.all(sending).then(() => {});
  await clock.passUntil(replies.progressing(all, stallMs));
  assert.ok(sent < 20, 'given up');
  const taken = replies.progressing(all, stallMs);
  for (let reads = 1; sent < 20 && reads < 1000; reads += 1) {
    stream.read(); // a slow reader, but a reader
    await new Promise(setImmediate);
    if (reads % 5 === 0) clock.pass(stallMs);
  }
  await taken;
  assert.equal(sent, 20);
  await replies.close();
});

test('a way back that cannot be opened is reported once, and nothing waits for it', async () => {
  const reported: string[] = [];
  const fault = new Error('nobody reads');
  const replies = new Replies(
    () => Promise.reject(fault),
    (error) => reported.push(error.message),
  );
  await assert.rejects(replies.ok('PING', '1', {}), fault);
  await replies.progressing(new Promise(() => {}), stallMs);
  await replies.close();
  assert.deepEqual(reported, ['nobody reads']);
});
