import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireSession } from '../../protocols/wire/session.ts';
import type { Block, OutgoingMessage } from '../../protocols/wire/types.ts';
import { someBytes } from '../../storage/swarm.testing.ts';
import { Downloads } from './downloads.ts';

const block = 16_384;
const pieceBytes = 2 * block + 100;
const content = someBytes(pieceBytes);

/** Downloads from a peer that is played by the test, and does not choke unless told so. */
function setUp({ choked = false, pieces = 300 } = {}) {
  const sent: OutgoingMessage[] = [];
  const everything = { fast: true, extended: true, v2: false };
  const session = new WireSession({ pieces, pieceSize: () => pieceBytes }, everything);
  const downloads = new Downloads({ session, send: (message) => void sent.push(message) });
  const choke = (kind: 'choke' | 'unchoke'): void => {
    session.received({ kind });
    downloads.onChoke();
  };
  if (!choked) choke('unchoke');
  const asked = (): Block[] => sent.flatMap((message) => (message.kind === 'request' ? [message] : []));
  const give = ({ index, begin, length }: Block): void =>
    downloads.onPiece({ kind: 'piece', index, begin, bytes: content.subarray(begin, begin + length) });
  return { sent, downloads, choke, asked, give };
}

test('a piece is asked for in blocks of 16 KiB and put together in whatever order they come', async () => {
  const { downloads, sent, asked, give } = setUp();
  const into = Buffer.alloc(pieceBytes);
  const done = downloads.piece(7, into);
  assert.equal(sent[0]?.kind, 'interested');
  assert.deepEqual(
    asked().map(({ index, begin, length }) => [index, begin, length]),
    [
      [7, 0, block],
      [7, block, block],
      [7, 2 * block, 100],
    ],
  );
  for (const one of asked().reverse()) give(one);
  await done;
  assert.ok(into.equals(content));
});

test('nothing is asked for while the peer chokes; then everything', async () => {
  const { downloads, choke, asked, give } = setUp({ choked: true });
  const done = downloads.piece(0, Buffer.alloc(pieceBytes));
  assert.deepEqual([asked().length, downloads.stalled], [0, true]);
  choke('unchoke');
  assert.deepEqual([asked().length, downloads.stalled], [3, false]);
  for (const one of asked()) give(one);
  await done;
});

test('what a choke has undone is asked for again', async () => {
  const { downloads, choke, asked, give } = setUp();
  const done = downloads.piece(0, Buffer.alloc(pieceBytes));
  give(asked()[0] as Block);
  choke('choke');
  choke('unchoke');
  assert.deepEqual(
    asked().map(({ begin }) => begin),
    [0, block, 2 * block, block, 2 * block],
  );
  for (const one of asked().slice(1)) give(one); // some come twice: the second is thrown away
  await done;
});

test('no more than 250 requests are under way', () => {
  const { downloads, asked, give } = setUp();
  for (let index = 0; index < 100; index += 1) downloads.piece(index, Buffer.alloc(pieceBytes)).catch(() => {});
  assert.equal(asked().length, 250);
  give(asked()[0] as Block);
  assert.equal(asked().length, 251);
});

test('a rejected block fails its piece, and only that', async () => {
  const { downloads, asked, give } = setUp();
  const lost = downloads.piece(0, Buffer.alloc(pieceBytes));
  const kept = downloads.piece(1, Buffer.alloc(pieceBytes));
  downloads.onReject(asked()[1] as Block);
  await assert.rejects(lost, { name: 'HolderError', code: 'not-found' });
  for (const one of asked().filter(({ index }) => index === 1)) give(one);
  await kept;
});

test('a reject of what was not asked for means nothing', () => {
  const { downloads } = setUp();
  const done = downloads.piece(0, Buffer.alloc(pieceBytes));
  done.catch(() => assert.fail('it failed'));
  downloads.onReject({ index: 1, begin: 0, length: block });
  downloads.onReject({ index: 0, begin: 1, length: block });
});

test('blocks that nobody asked for, or of another length, are thrown away', async () => {
  const { downloads, give } = setUp();
  const into = Buffer.alloc(pieceBytes);
  const done = downloads.piece(0, into);
  give({ index: 5, begin: 0, length: block });
  give({ index: 0, begin: 0, length: 10 });
  give({ index: 0, begin: 1, length: block });
  assert.ok(into.equals(Buffer.alloc(pieceBytes)));
  for (const begin of [0, block]) give({ index: 0, begin, length: block });
  give({ index: 0, begin: 2 * block, length: 100 });
  await done;
});

test('two who want the same piece share its blocks', async () => {
  const { downloads, asked, give } = setUp();
  const [first, second] = [Buffer.alloc(pieceBytes), Buffer.alloc(pieceBytes)];
  const one = downloads.piece(0, first);
  give(asked()[0] as Block);
  const two = downloads.piece(0, second);
  assert.equal(asked().length, 3);
  for (const rest of asked().slice(1)) give(rest);
  await Promise.all([one, two]);
  assert.ok(first.equals(content) && second.equals(content));
});

test('a peer that sends nothing is stalled, then given up; its memory is not written to any more', async () => {
  const { downloads, asked, give } = setUp();
  const into = Buffer.alloc(pieceBytes);
  let stalls = 0;
  const done = downloads.piece(0, into, () => {
    stalls += 1;
  });
  downloads.tick(1_000);
  assert.deepEqual([downloads.stalled, stalls], [false, 0]);
  downloads.tick(1_000);
  assert.deepEqual([downloads.stalled, stalls], [true, 1]);
  give(asked()[0] as Block);
  assert.equal(downloads.stalled, false, 'a block is a sign of life');
  downloads.tick(29_000);
  downloads.tick(1_000);
  await assert.rejects(done, { code: 'timeout' });
  assert.equal(stalls, 1, 'said once');
  into.fill(0);
  give(asked()[1] as Block);
  assert.ok(into.equals(Buffer.alloc(pieceBytes)));
});

test('the end of the connection fails what is wanted', async () => {
  const { downloads } = setUp();
  const done = downloads.piece(0, Buffer.alloc(pieceBytes));
  downloads.onClose('the peer has gone');
  await assert.rejects(done, { code: 'gone', message: 'the peer has gone' });
});

test('interest ends a while after the last piece', async () => {
  const { downloads, sent, asked, give } = setUp();
  const done = downloads.piece(0, Buffer.alloc(pieceBytes));
  for (const one of asked()) give(one);
  await done;
  downloads.tick(9_000);
  assert.equal(sent.at(-1)?.kind, 'request');
  downloads.tick(1_000);
  assert.equal(sent.at(-1)?.kind, 'not-interested');
});
