import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failsWith, fileA, get, samplePiece } from '../holders/holder.testing.ts';
import type { FakePeer } from './fifo-peer.testing.ts';
import { nextRound, not, type Setup, setUp, until } from './fifo-setup.testing.ts';

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

test('one that answers in any order is asked for a sign of life meanwhile, and given up without', async (t) => {
  const answersInAnyOrder: FakePeer['answer'] = ({ verb, seq }) => {
    if (verb === 'HELLO') return `OK seq=${seq} peer=p1 version=1 free=0 order=any\n`;
    return verb === 'SYNC' ? null : undefined;
  };
  const { peer, opening, pass } = await setUp(t, answersInAnyOrder);
  const holder = await opening;
  pass(500); // the answer to HELLO was the last sign of life
  const pending = failsWith('timeout', holder.sync(fileA));
  const pings = () => peer.requests.filter(({ verb }) => verb === 'PING').length;
  await peer.received('SYNC');
  for (let count = 1; count <= 10; count += 1) {
    pass(1000);
    await until(() => pings() === count);
    await nextRound();
    pass(500); // the answer to PING
  }
  peer.answer = () => null;
  pass(5000);
  await pending;
});

test('one that gives signs of life and never ends a SYNC is given up after ten minutes', async (t) => {
  const { peer, opening, pass } = await setUp(t, ({ verb, seq }) => {
    if (verb === 'HELLO') return `OK seq=${seq} peer=p1 version=1 free=0 order=any\n`;
    return verb === 'SYNC' ? null : undefined;
  });
  const holder = await opening;
  const pending = failsWith('timeout', holder.sync(fileA));
  await peer.received('SYNC');
  await nextRound();
  for (let passedMs = 0; passedMs < 600_000; passedMs += 500) {
    pass(500);
    await holder.list(); // it is alive
  }
  pass(500);
  await pending;
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

test('who waits for a piece is told once when the peer falls silent, and not while it sends', async (t) => {
  const { peer, opening, pass } = await setUp(t, not('GET_PART'));
  const holder = await opening;
  pass(500); // the answer to HELLO was the last sign of life
  let stalls = 0;
  const into = new Uint8Array(20);
  const pending = holder.getPiece(fileA, 0, into, () => {
    stalls += 1;
  });
  const { seq } = await peer.received('GET_PART');
  await peer.send(`OK seq=${seq} size=20\n0123456789`);
  await until(() => into[9] === 0x39);
  pass(500);
  assert.equal(stalls, 0, 'these bytes were a sign');
  pass(500);
  assert.deepEqual([stalls, holder.stalled], [0, false]);
  pass(500);
  assert.deepEqual([stalls, holder.stalled], [1, true]);
  pass(1000);
  assert.equal(stalls, 1);
  await peer.send('0123456789');
  await pending;
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

/** Lets time pass in which the peer answers one LIST_PARTS after the other. */
async function passBusily({ opening, pass }: Setup, ms: number): Promise<void> {
  const holder = await opening;
  for (let passed = 0; passed < ms; passed += 500) {
    await holder.list().catch(() => {}); // of a session that is over
    pass(500);
  }
}

test('a peer that answers all but one request is given up after 30 seconds', async (t) => {
  const setup = await setUp(t, not('GET_PART'));
  const passedOver = (await setup.opening).getPiece(fileA, 0, new Uint8Array(1));
  await setup.peer.received('GET_PART');
  await passBusily(setup, 29_500);
  assert.deepEqual(setup.ends, []);
  await passBusily(setup, 1000);
  await failsWith('timeout', passedOver);
  assert.equal(setup.ends.length, 1);
});

test('behind a SYNC a request may wait for two minutes', async (t) => {
  const setup = await setUp(t, ({ verb }) => (verb === 'GET_PART' || verb === 'SYNC' ? null : undefined));
  const holder = await setup.opening;
  const syncing = failsWith('timeout', holder.sync(fileA));
  const passedOver = failsWith('timeout', holder.getPiece(fileA, 0, new Uint8Array(1)));
  await setup.peer.received('GET_PART');
  await passBusily(setup, 119_500);
  assert.deepEqual(setup.ends, []);
  await passBusily(setup, 1000);
  await Promise.all([syncing, passedOver]);
});

test('a slow peer with many requests before it is not one that passes one over', async (t) => {
  const setup = await setUp(t, not('GET_PART'));
  const holder = await setup.opening;
  const answered = [0, 1, 2, 3].map((part) => holder.getPiece(fileA, part, new Uint8Array(1)));
  const { seq: first } = await setup.peer.received('GET_PART');
  for (const [index, answer] of answered.entries()) {
    await passBusily(setup, 29_000);
    await setup.peer.send(`OK seq=${Number(first) + index} size=1\nx`);
    await answer;
  }
  assert.deepEqual(setup.ends, []);
});
