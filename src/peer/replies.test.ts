import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { FifoWriter } from '../io/fifo/writer.ts';
import { Replies } from './replies.ts';

/** The time of a stall: short, so that nobody waits; nothing here depends on its length. */
const stallMs = 5;

test('replies that nobody takes are given up, replies that are taken slowly are not', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const replies = new Replies(async (onBroken) => new FifoWriter(stream, onBroken), assert.fail);
  let sent = 0;
  const sending = Array.from({ length: 20 }, async (_, pieceIndex) => {
    await replies.ok('GET_PART', String(pieceIndex), {}, Buffer.alloc(1000));
    sent += 1;
  });
  const all = Promise.all(sending).then(() => {});
  await replies.progressing(all, stallMs);
  assert.ok(sent < 20, 'given up');
  const timer = setInterval(() => stream.read(), 2); // a slow reader, but a reader
  await replies.progressing(all, 100 * stallMs);
  clearInterval(timer);
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
