import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failsWith, fileA, fileB, samplePiece, storingHolderContract } from '../holders/holder.testing.ts';
import type { HolderErrorCode } from '../holders/holder.ts';
import { setUp } from './fifo-setup.testing.ts';

storingHolderContract('a FIFO peer', async (t) => (await setUp(t)).opening);

test('opening: nobody at the other end is "gone"', async (t) => {
  const { peer, opening } = await setUp(t);
  peer.stopReading();
  await failsWith('gone', opening);
});

const strangers: { name: string; hello: string; code: HolderErrorCode }[] = [
  { name: 'another id', hello: 'OK seq=140737488355328 peer=p2 version=1 free=0\n', code: 'protocol' },
  { name: 'no id', hello: 'OK seq=140737488355328 version=1 free=0\n', code: 'protocol' },
  { name: 'another version', hello: 'OK seq=140737488355328 peer=p1 version=2 free=0\n', code: 'protocol' },
  { name: 'no free space', hello: 'OK seq=140737488355328 peer=p1 version=1\n', code: 'protocol' },
  { name: 'a reply of an earlier session', hello: 'OK seq=17 peer=p1 version=1 free=0\n', code: 'protocol' },
  { name: 'a reply without seq', hello: 'OK peer=p1 version=1 free=0\n', code: 'protocol' },
  { name: 'an ERR', hello: 'ERR seq=140737488355328 code=bad-request\n', code: 'unsupported' },
];

for (const { name, hello, code } of strangers) {
  test(`opening: a peer that answers HELLO with ${name} is refused`, async (t) => {
    const { opening, ends } = await setUp(t, ({ verb }) => (verb === 'HELLO' ? hello : undefined));
    await failsWith(code, opening);
    assert.deepEqual(ends, [], 'what was never open is not reported as closed');
  });
}

test('opening: a frozen peer is given up after 5 seconds', async (t) => {
  const { peer, opening, pass } = await setUp(t, () => null);
  await peer.received('HELLO');
  pass(4500);
  pass(500);
  await failsWith('timeout', opening);
});

const violations: { name: string; answer: string }[] = [
  { name: 'a seq that nobody asked with', answer: 'OK seq=1 size=10\n0123456789' },
  { name: 'a piece that is too short', answer: 'OK seq=SEQ size=9\n012345678' },
  { name: 'a piece that is too long', answer: 'OK seq=SEQ size=11\n0123456789a' },
  { name: 'no piece', answer: 'OK seq=SEQ\n' },
  { name: 'a line that is none', answer: 'whatever\n' },
  { name: 'an ERR without a code', answer: 'ERR seq=SEQ message=no\n' },
  { name: 'a size beyond all limits', answer: 'OK seq=SEQ size=99999999999\n' },
  { name: 'a line that does not end', answer: 'x'.repeat(5000) },
];

for (const { name, answer } of violations) {
  test(`a peer that answers GET_PART with ${name} loses its session, and nothing was written`, async (t) => {
    const { opening, ends } = await setUp(t, ({ verb, seq }) =>
      verb === 'GET_PART' ? answer.replace('SEQ', seq ?? '') : undefined,
    );
    const holder = await opening;
    const into = new Uint8Array(10);
    const other = holder.getPiece(fileB, 0, new Uint8Array(10));
    await failsWith('protocol', holder.getPiece(fileA, 0, into));
    await failsWith('protocol', other);
    assert.deepEqual(into, new Uint8Array(10));
    assert.deepEqual(
      ends.map(({ code }) => code),
      ['protocol'],
    );
  });
}

test('a list that does not parse is a violation too', async (t) => {
  const { opening, ends } = await setUp(t, ({ verb, seq }) =>
    verb === 'LIST_PARTS' ? `OK seq=${seq} size=8\nparts=2\n` : undefined,
  );
  await failsWith('protocol', (await opening).list());
  assert.equal(ends.length, 1);
});

for (const [code, expected] of [
  ['not-found', 'not-found'],
  ['no-space', 'no-space'],
  ['corrupt', 'corrupt'],
  ['io', 'io'],
  ['bad-request', 'unsupported'],
] as const) {
  test(`ERR ${code} fails that request alone`, async (t) => {
    const { opening, ends } = await setUp(t, ({ verb, seq }) =>
      verb === 'SYNC' ? `ERR seq=${seq} code=${code} message=why%20not\n` : undefined,
    );
    const holder = await opening;
    await failsWith(expected, holder.sync(fileA));
    await holder.list();
    assert.deepEqual(ends, []);
  });
}

test('a peer that does not know VERIFY_PART is asked for the piece instead, from then on', async (t) => {
  const { peer, opening, ends } = await setUp(t, ({ verb, seq }) =>
    verb === 'VERIFY_PART' ? `ERR seq=${seq} code=bad-request message=unknown\n` : undefined,
  );
  const holder = await opening;
  const piece = samplePiece(0, 5000);
  await holder.storePiece(fileA, piece);
  await holder.verifyPiece(fileA, 0, piece.sha1);
  await failsWith('corrupt', holder.verifyPiece(fileA, 0, samplePiece(1, 5000).sha1));
  await failsWith('not-found', holder.verifyPiece(fileA, 1, piece.sha1));
  assert.equal(peer.requests.filter(({ verb }) => verb === 'VERIFY_PART').length, 1);
  assert.deepEqual(ends, []);
});

test('a peer that does not know DROP_PART is told from one whose disk fails', async (t) => {
  const { opening, ends } = await setUp(t, ({ verb, seq }) =>
    verb === 'DROP_PART' ? `ERR seq=${seq} code=bad-request message=unknown\n` : undefined,
  );
  await failsWith('unsupported', (await opening).dropPiece(fileA, 0));
  assert.deepEqual(ends, []);
});

test('free space is asked again after the sync that frees a dropped piece', async (t) => {
  const holder = await (await setUp(t)).opening;
  await holder.storePiece(fileA, samplePiece(0, 1000));
  await holder.sync(fileA);
  assert.equal(holder.freeBytes, 999_999_000);
  await holder.dropPiece(fileA, 0);
  await holder.sync(fileA);
  assert.equal(holder.freeBytes, 1_000_000_000);
});

test('free space is what the peer said, less what was stored, asked again after a drop', async (t) => {
  const holder = await (await setUp(t)).opening;
  assert.equal(holder.freeBytes, 1_000_000_000);
  await holder.storePiece(fileA, samplePiece(0, 1000));
  assert.equal(holder.freeBytes, 999_999_000);
  await holder.drop(fileA);
  assert.equal(holder.freeBytes, 1_000_000_000);
});
