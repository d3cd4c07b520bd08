import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parsePeerId } from '../bytes/ids.ts';
import { silentLog } from '../io/log.ts';
import type { IpcRequest } from '../protocols/ipc/types.ts';
import { type FifoHolder, openFifoHolder } from './fifo-holder.ts';
import { FakePeer } from './fifo-peer.testing.ts';
import { failsWith, fileA, fileB, get, samplePiece, storingHolderContract } from './holder.testing.ts';
import type { HolderError, HolderErrorCode } from './holder.ts';

const p1 = parsePeerId('p1') as NonNullable<ReturnType<typeof parsePeerId>>;

/** A holder whose time passes only when the test says so. */
interface Setup {
  readonly peer: FakePeer;
  readonly opening: Promise<FifoHolder>;
  /** Lets `ms` pass, in sweeps of half a second. */
  pass(ms: number): void;
  /** Why the session ended, each time that it was told. */
  readonly ends: HolderError[];
}

async function setUp(t: TestContext, answer: FakePeer['answer'] = () => undefined): Promise<Setup> {
  const peer = await FakePeer.start(t, p1);
  peer.answer = answer;
  let sweep = () => {};
  const ends: HolderError[] = [];
  const opening = openFifoHolder({
    id: p1,
    directory: peer.directory,
    log: silentLog,
    random: () => 0.5,
    onClose: (reason) => ends.push(reason),
    every: (_, callback) => {
      sweep = callback;
      return () => {
        sweep = () => {};
      };
    },
  });
  t.after(() =>
    opening.then(
      (holder) => holder.close(),
      () => {}, // a test about a session that does not open
    ),
  );
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) sweep();
  };
  return { peer, opening, pass, ends };
}

/** Lets the event loop go round once. */
function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits for something that no event tells of. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextRound();
}

const not = (verb: IpcRequest['verb']) => (request: IpcRequest) => (request.verb === verb ? null : undefined);

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
  { name: 'an ERR', hello: 'ERR seq=140737488355328 code=bad-request\n', code: 'io' },
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

test('a peer that dies fails everything pending at once, and is reported once', async (t) => {
  const { peer, opening, ends } = await setUp(t, not('GET_PART'));
  const holder = await opening;
  const pending = [1, 2, 3].map((part) => holder.getPiece(fileA, part, new Uint8Array(10)));
  await peer.received('GET_PART');
  await Promise.all([peer.die(), ...pending.map((work) => failsWith('gone', work))]);
  assert.deepEqual(
    ends.map(({ code }) => code),
    ['gone'],
  );
  await failsWith('gone', holder.list());
  holder.close();
  assert.equal(ends.length, 1);
});

test('a peer that only stops reading is noticed by the next request', async (t) => {
  const { peer, opening, ends } = await setUp(t);
  const holder = await opening;
  peer.stopReading();
  await failsWith('gone', holder.list());
  assert.equal(ends.length, 1);
});

test('close ends the session for both sides', async (t) => {
  const { opening, ends } = await setUp(t, not('SYNC'));
  const holder = await opening;
  const pending = holder.sync(fileA);
  holder.close();
  await failsWith('gone', pending);
  assert.equal(ends.length, 1);
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
  ['bad-request', 'io'],
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

test('a reply after the timeout does not reach memory that was given back', async (t) => {
  const { peer, opening, pass, ends } = await setUp(t, not('GET_PART'));
  const holder = await opening;
  const into = new Uint8Array(1000);
  const pending = holder.getPiece(fileA, 0, into);
  const { seq } = await peer.received('GET_PART');
  await peer.send(`OK seq=${seq} size=1000\n`, new Uint8Array(400).fill(1));
  await until(() => into[399] === 1);
  await peer.send('', new Uint8Array(600).fill(2)); // is in the FIFO now, and not read: no round has passed since
  pass(500); // the bytes so far were a sign of life
  pass(5000);
  await failsWith('timeout', pending);
  await nextRound();
  assert.ok(into.subarray(400).every((byte) => byte === 0));
  assert.deepEqual(
    ends.map(({ code }) => code),
    ['timeout'],
  );
});

test('a slow peer is not a frozen one: every byte counts', async (t) => {
  const { peer, opening, pass } = await setUp(t, not('GET_PART'));
  const holder = await opening;
  const into = new Uint8Array(20);
  const pending = holder.getPiece(fileA, 0, into);
  const { seq } = await peer.received('GET_PART');
  await peer.send(`OK seq=${seq} size=20\n`);
  for (let at = 0; at < 20; at += 1) {
    pass(4500);
    await peer.send('x');
    await until(() => into[at] === 120);
  }
  await pending;
});

test('a SYNC may take two minutes', async (t) => {
  const { peer, opening, pass } = await setUp(t, not('SYNC'));
  const holder = await opening;
  const pending = holder.sync(fileA);
  const { seq } = await peer.received('SYNC');
  pass(119_500);
  await peer.send(`OK seq=${seq}\n`);
  await pending;
  const tooLong = holder.sync(fileA);
  pass(121_000);
  await failsWith('timeout', tooLong);
});

test('an idle peer is asked for a sign of life every 5 seconds', async (t) => {
  const { peer, opening, pass, ends } = await setUp(t);
  await opening;
  pass(5000);
  assert.deepEqual(
    peer.requests.map(({ verb }) => verb),
    ['HELLO'],
    'the HELLO counts as one',
  );
  pass(500);
  await peer.received('PING');
  peer.answer = () => null;
  await nextRound();
  pass(500);
  pass(20_000);
  await until(() => ends.length > 0);
  assert.deepEqual(
    ends.map(({ code }) => code),
    ['timeout'],
    'and given up when there is none',
  );
});

test('requests that the kernel takes are no sign of life of the peer', async (t) => {
  const { peer, opening, pass } = await setUp(t);
  const holder = await opening;
  pass(500); // the answer to HELLO was the last one
  peer.freeze();
  const pending: Promise<void>[] = [];
  for (let part = 0; part < 10; part += 1) {
    pending.push(failsWith('timeout', holder.getPiece(fileA, part, new Uint8Array(1))));
    await nextRound();
    pass(500);
  }
  await Promise.all(pending);
});

test('a peer that reads slowly what is being stored is not a frozen one', async (t) => {
  const { peer, opening, pass } = await setUp(t);
  const holder = await opening;
  const piece = samplePiece(0, 4_000_000);
  const pending = holder.storePiece(fileA, piece);
  for (let target = 500_000; target < 4_000_000; target += 500_000) {
    await until(() => peer.bytesRead > target);
    peer.freeze();
    await nextRound();
    pass(4500);
    peer.thaw();
  }
  await pending;
  assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
});

test('a store that the peer does not read is given up, although nothing else is asked', async (t) => {
  const { peer, opening, pass } = await setUp(t);
  const holder = await opening;
  peer.freeze();
  const pending = holder.storePiece(fileA, samplePiece(0, 1_000_000));
  await nextRound();
  pass(6000);
  await failsWith('timeout', pending);
});

test('an ERR before the piece is written does not give its memory back too early', async (t) => {
  const { peer, opening } = await setUp(t, not('GET_PART'));
  const holder = await opening;
  const behind = holder.getPiece(fileA, 1, new Uint8Array(1));
  const { seq = '' } = await peer.received('GET_PART');
  peer.freeze();
  let settled = false;
  const storing = failsWith('no-space', holder.storePiece(fileA, samplePiece(0, 1_000_000))).finally(() => {
    settled = true;
  });
  await peer.send(`ERR seq=${Number(seq) + 1} code=no-space\nOK seq=${seq} size=1\nx`);
  await behind; // so the ERR, which came before it, has been read
  await nextRound();
  assert.equal(settled, false);
  peer.answer = () => null;
  peer.thaw();
  await storing;
});

test('a short request goes ahead of pieces that wait to be stored', async (t) => {
  const { peer, opening } = await setUp(t);
  const holder = await opening;
  const stored = Array.from({ length: 10 }, (_, part) => holder.storePiece(fileA, samplePiece(part, 262_144)));
  await holder.list();
  const order = peer.requests.map(({ verb }) => verb);
  assert.equal(order.indexOf('LIST_PARTS'), 2, 'behind HELLO and the piece that is under way');
  await Promise.all(stored);
});

test('free space is what the peer said, less what was stored, asked again after a drop', async (t) => {
  const holder = await (await setUp(t)).opening;
  assert.equal(holder.freeBytes, 1_000_000_000);
  await holder.storePiece(fileA, samplePiece(0, 1000));
  assert.equal(holder.freeBytes, 999_999_000);
  await holder.drop(fileA);
  assert.equal(holder.freeBytes, 1_000_000_000);
});
