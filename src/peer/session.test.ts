import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { randomPiece } from '../io/files/files.testing.ts';
import { systemError, watchedFiles } from '../io/files/watched-files.ts';
import { Conversation, file, storePart } from './session.testing.ts';
import { sessionLimits } from './session.ts';

const hello = {
  pieceIndex: 0,
  offset: 0,
  sha1: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
  bytes: Buffer.from('hello'),
};
const wrong = { ...hello, sha1: '0'.repeat(40) };
const [storeHello, helloBytes] = storePart(hello, 1);
const [storeWrong] = storePart(wrong, 1);

/** Replies of a peer that has no pieces; `reply` may be a pattern where the reply depends on the machine. */
const exchanges: { name: string; request: string; reply: string | RegExp }[] = [
  { name: 'HELLO', request: 'HELLO seq=1 version=1\n', reply: /^OK seq=1 peer=p1 version=1 free=\d+ order=any\n$/ },
  { name: 'HELLO of another version', request: 'HELLO seq=1 version=2\n', reply: /^ERR seq=1 code=bad-request / },
  { name: 'STORE_PART', request: `${storeHello}${helloBytes}`, reply: 'OK seq=1\n' },
  { name: 'STORE_PART with the wrong hash', request: `${storeWrong}${helloBytes}`, reply: /^ERR seq=1 code=corrupt / },
  {
    name: 'STORE_PART of nothing',
    request: `STORE_PART file=${file} part=0 seq=1 size=0 offset=0 sha1=${hello.sha1}\n`,
    reply: /^ERR seq=1 code=bad-request /,
  },
  { name: 'GET_PART', request: `GET_PART file=${file} part=0 seq=1\n`, reply: /^ERR seq=1 code=not-found / },
  { name: 'LIST_PARTS', request: 'LIST_PARTS seq=1\n', reply: 'OK seq=1 size=0\n' },
  { name: 'SYNC', request: `SYNC file=${file} seq=1\n`, reply: 'OK seq=1\n' },
  { name: 'DROP_FILE', request: `DROP_FILE file=${file} seq=1\n`, reply: 'OK seq=1\n' },
  { name: 'DROP_PART', request: `DROP_PART file=${file} part=0 seq=1\n`, reply: 'OK seq=1\n' },
  {
    name: 'VERIFY_PART',
    request: `VERIFY_PART file=${file} part=0 sha1=${hello.sha1} seq=1\n`,
    reply: /^ERR seq=1 code=not-found /,
  },
  { name: 'PING', request: 'PING seq=1\n', reply: 'OK seq=1\n' },
  { name: 'a person at a shell', request: 'PING\n', reply: 'OK\n' },
  { name: 'a key that is not known', request: 'PING seq=1 colour=blue\n', reply: 'OK seq=1\n' },
  { name: 'a verb that is not known', request: 'JUMP seq=1\n', reply: /^ERR seq=1 code=bad-request / },
  { name: 'a key that is missing', request: 'GET_PART part=0 seq=1\n', reply: /^ERR seq=1 code=bad-request / },
  { name: 'a payload nobody wants', request: 'PING seq=1 size=5\nPING\n', reply: 'OK seq=1\n' },
];

for (const { name, request, reply } of exchanges) {
  for (const [how, parts] of [
    ['whole', [request]],
    ['byte by byte', request.split('')],
  ] as const) {
    test(`${name}, ${how}`, async (t) => {
      const conversation = await Conversation.open(t);
      conversation.send(...parts);
      const { line } = await conversation.next();
      if (typeof reply === 'string') assert.equal(`${line}\n`, reply);
      else assert.match(`${line}\n`, reply);
      const [alive] = await conversation.ask('PING seq=99\n');
      assert.equal(alive?.line, 'OK seq=99');
    });
  }
}

test('a piece comes back as it was stored, and is listed', async (t) => {
  const conversation = await Conversation.open(t);
  const piece = randomPiece(3, 70_000);
  conversation.send(...storePart(piece, 1));
  assert.equal((await conversation.next()).line, 'OK seq=1');
  const [got, list, other] = await conversation.ask(
    `GET_PART file=${file} part=3 seq=2\n`,
    `LIST_PARTS file=${file} seq=3\n`,
    `LIST_PARTS file=${'b'.repeat(40)} seq=4\n`,
  );
  const byLine = new Map([got, list, other].map((reply) => [reply?.line, reply?.payload]));
  assert.deepEqual(byLine.get('OK seq=2 size=70000'), piece.bytes);
  assert.equal(byLine.get('OK seq=3 size=54')?.toString(), `file=${file} parts=3\n`);
  assert.ok(byLine.has('OK seq=4 size=0'));
});

test('requests sent ahead find what they would find had they waited', async (t) => {
  const conversation = await Conversation.open(t);
  const [first, second] = [randomPiece(0, 50_000), randomPiece(1, 50_000)];
  conversation.send(...storePart(first, 1), ...storePart(second, 2));
  conversation.send(`SYNC file=${file} seq=3\n`, `GET_PART file=${file} part=1 seq=4\n`, 'LIST_PARTS seq=5\n');
  conversation.send(`DROP_FILE file=${file} seq=6\n`, `GET_PART file=${file} part=0 seq=7\n`, ...storePart(first, 8));
  const replies = new Map<string, Buffer>();
  for (let count = 0; count < 8; count += 1) {
    const { line, payload } = await conversation.next();
    replies.set(line.replace(/ message=.*/, ''), payload);
  }
  assert.deepEqual(replies.get('OK seq=4 size=50000'), second.bytes);
  assert.equal(replies.get('OK seq=5 size=56')?.toString(), `file=${file} parts=0-1\n`);
  assert.ok(replies.has('ERR seq=7 code=not-found'));
  assert.deepEqual(conversation.store.list(), [{ file, parts: [{ first: 0, last: 0 }], shared: false }]);
});

test('a piece that is asked for and dropped at once comes whole, and is gone then', async (t) => {
  const conversation = await Conversation.open(t);
  const pieces = [randomPiece(0, 1_000_000), randomPiece(1, 1_000_000)];
  for (const piece of pieces) conversation.send(...storePart(piece, piece.pieceIndex));
  conversation.send(`SYNC file=${file} seq=2\n`, `GET_PART file=${file} part=0 seq=3\n`);
  conversation.send(`DROP_PART file=${file} part=0 seq=4\n`, `SYNC file=${file} seq=5\n`);
  conversation.send(`GET_PART file=${file} part=0 seq=6\n`);
  conversation.send(`VERIFY_PART file=${file} part=1 sha1=${pieces[1]?.sha1} seq=7\n`);
  conversation.send(`VERIFY_PART file=${file} part=1 sha1=${pieces[0]?.sha1} seq=8\n`);
  const replies = new Map<string, Buffer>();
  for (let count = 0; count < 9; count += 1) {
    const { line, payload } = await conversation.next();
    replies.set(line.replace(/ message=.*/, ''), payload);
  }
  assert.deepEqual(replies.get('OK seq=3 size=1000000'), pieces[0]?.bytes);
  for (const line of ['OK seq=4', 'OK seq=5', 'ERR seq=6 code=not-found', 'OK seq=7', 'ERR seq=8 code=corrupt']) {
    assert.ok(replies.has(line), line);
  }
});

test('without seq, replies come in the order of the requests', async (t) => {
  const conversation = await Conversation.open(t);
  const piece = randomPiece(0, 300_000);
  conversation.send(...storePart(piece));
  const get = `GET_PART file=${file} part=0\n`;
  const replies = await conversation.ask(get, 'PING\n', 'JUMP\n', get, 'LIST_PARTS\n');
  const lines = replies.map(({ line }) => line.replace(/ message=.*/, ''));
  assert.deepEqual(lines, ['OK', 'OK size=300000', 'OK', 'ERR code=bad-request', 'OK size=300000']);
  assert.equal((await conversation.next()).line, 'OK size=54');
});

test('a short reply does not wait behind pieces that were asked for before', async (t) => {
  const conversation = await Conversation.open(t);
  conversation.send(...storePart(randomPiece(0, 100_000), 1));
  await conversation.next();
  for (let seq = 100; seq < 150; seq += 1) conversation.send(`GET_PART file=${file} part=0 seq=${seq}\n`);
  await once(conversation.replies, 'readable');
  conversation.send('LIST_PARTS seq=7\n', 'PING seq=8\n');
  await turn();
  const lines: string[] = [];
  while (lines.length < 52) lines.push((await conversation.next()).line);
  assert.ok(lines.indexOf('OK seq=8') < 5, `after ${lines.indexOf('OK seq=8')} others`);
  assert.ok(lines.indexOf('OK seq=7 size=54') < 5);
});

test('a disk that fails is an ERR, and the session goes on', async (t) => {
  let broken = true;
  const calls = watchedFiles(({ name }) => {
    if (broken && name === 'write') throw systemError('ENOSPC');
  });
  const conversation = await Conversation.open(t, calls);
  const piece = randomPiece(0);
  conversation.send(...storePart(piece, 1));
  assert.match((await conversation.next()).line, /^ERR seq=1 code=no-space message=/);
  broken = false;
  conversation.send(...storePart(piece, 2));
  assert.equal((await conversation.next()).line, 'OK seq=2');
});

const endings = [
  { name: 'a line too long', request: `PING seq=1 ${'x'.repeat(4090)}\n` },
  { name: 'a size that cannot be', request: 'STORE_PART seq=1 size=-1\n' },
  { name: 'a piece too large', request: 'STORE_PART seq=1 size=16777217\n' },
];
for (const { name, request } of endings) {
  test(`when nobody can tell where the next request begins, the session ends with an ERR: ${name}`, async (t) => {
    const conversation = await Conversation.open(t);
    conversation.send('PING seq=0\n', request, 'PING seq=2\n');
    assert.equal((await conversation.next()).line, 'OK seq=0');
    assert.match((await conversation.next()).line, /^ERR .*code=bad-request/);
    await conversation.over;
    await assert.rejects(conversation.next(), /ended the session/);
  });
}

test('what was asked before the end is answered after it', async (t) => {
  const conversation = await Conversation.open(t);
  conversation.send(...storePart(randomPiece(0, 200_000), 1), `SYNC file=${file} seq=2\n`);
  for (let seq = 10; seq < 20; seq += 1) conversation.send(`GET_PART file=${file} part=0 seq=${seq}\n`);
  conversation.requests.end();
  const lines: string[] = [];
  while (lines.length < 12) lines.push((await conversation.next()).line);
  assert.ok(lines.includes('OK seq=2') && lines.includes('OK seq=19 size=200000'));
  await conversation.over;
});

test('a piece that ends too early is not stored', async (t) => {
  const conversation = await Conversation.open(t);
  const [line, bytes] = storePart(randomPiece(0), 1);
  conversation.send(line, bytes.subarray(1));
  conversation.requests.end();
  await conversation.over;
  assert.deepEqual(conversation.store.list(), []);
});

test('a peer that is told to stop answers what it has, and takes no more', async (t) => {
  const conversation = await Conversation.open(t);
  conversation.send(...storePart(randomPiece(0, 200_000), 1));
  await conversation.next();
  conversation.send(`GET_PART file=${file} part=0 seq=2\n`);
  await once(conversation.replies, 'readable');
  conversation.stop();
  assert.equal((await conversation.next()).line, 'OK seq=2 size=200000');
  await conversation.over;
});

test('when nobody can read replies any more the session is over at once', async (t) => {
  const conversation = await Conversation.open(t);
  await conversation.ask('PING seq=1\n');
  conversation.replies.destroy(systemError('EPIPE'));
  await conversation.over;
});

test('pieces that the disk does not take fast enough are not read', async (t) => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const conversation = await Conversation.open(
    t,
    watchedFiles(({ name }) => (name === 'write' ? held : undefined)),
  );
  const piece = randomPiece(0, 1024 * 1024);
  const count = (2 * sessionLimits.storeBytesMax) / piece.bytes.length;
  for (let seq = 0; seq < count; seq += 1) conversation.send(...storePart(piece, seq));
  await turn();
  assert.ok(conversation.requests.isPaused());
  assert.ok(conversation.requests.writableLength >= sessionLimits.storeBytesMax - 2 * piece.bytes.length);
  release();
  for (let seq = 0; seq < count; seq += 1) assert.match((await conversation.next()).line, /^OK/);
});

test('more requests than a server has reason to send ahead are not read', async (t) => {
  const conversation = await Conversation.open(t);
  const count = sessionLimits.requestsMax + 1000;
  conversation.send('PING\n'.repeat(count));
  for (let replies = 0; replies < count; replies += 1) assert.equal((await conversation.next()).line, 'OK');
});
