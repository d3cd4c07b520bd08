import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../../protocols/wire/types.ts';
import { type SwarmOptions, TestSwarm } from '../downloader.testing.ts';
import { type Remote, settled, spoil } from '../played-peer.testing.ts';
import { pipelineLimits } from './pipeline.ts';

const block = 16_384;

/** A swarm of one peer that has everything. */
function setUp(options: SwarmOptions & { fast?: boolean } = {}): { swarm: TestSwarm; a: Remote } {
  const swarm = new TestSwarm(options);
  return { swarm, a: swarm.join('a', { fast: options.fast ?? true }) };
}

test('a peer is told whether it is interesting, whenever that changes', async () => {
  const swarm = new TestSwarm({ pieces: 3, have: [0] });
  const a = swarm.join('a', { has: [] });
  assert.equal(a.sent.length, 0, 'it has nothing');
  a.says({ kind: 'have', index: 0 });
  assert.equal(a.sent.length, 0, 'it has what we have');
  a.says({ kind: 'have', index: 2 });
  assert.equal(a.sent[0]?.kind, 'interested');
  a.says({ kind: 'have', index: 2 });
  await a.givesAll();
  assert.deepEqual([a.sent.at(-1)?.kind, a.heard('interested'), a.heard('not-interested')], ['not-interested', 1, 1]);
  a.says({ kind: 'have', index: 1 });
  await a.givesAll();
  assert.deepEqual([a.heard('interested'), a.heard('not-interested')], [2, 2]);
  await swarm.endWhole();
});

test('nothing is asked for while a peer chokes; a few blocks when it stops; then ever more', async () => {
  const swarm = new TestSwarm({ pieces: 20 });
  const a = swarm.join('a', { choking: true });
  assert.deepEqual([a.heard('interested'), a.owes.length], [1, 0]);
  a.unchokes();
  assert.equal(a.owes.length, pipelineLimits.min);
  a.gives(4);
  assert.equal(a.owes.length, 8);
  await a.givesAll();
  await swarm.endWhole();
});

test('requests leave several at a time, when a quarter of what may be under way has come', () => {
  const { a } = setUp({ pieces: 100 });
  a.gives(4);
  const owed = [1, 2, 3].map(() => {
    a.gives(1);
    return a.owes.length;
  });
  assert.deepEqual(owed, [7, 10, 9]);
});

test('a peer that lets one request wait is asked for one block at a time', async () => {
  const swarm = new TestSwarm();
  const a = swarm.join('a', { requestsMax: 1 });
  assert.equal(a.owes.length, 1);
  a.gives(1);
  assert.equal(a.owes.length, 1);
  await a.givesAll();
  await swarm.endWhole();
});

test('a steady peer is asked for what it gives in a second, and it is known how much that is', async () => {
  const { swarm, a } = setUp({ pieces: 400 });
  for (let second = 0; second < 20; second += 1) {
    for (let time = 0; time < 10; time += 1) a.gives(1);
    swarm.pass(1);
  }
  assert.ok(a.owes.length > 7 && a.owes.length <= 10, `${a.owes.length}`);
  assert.ok(Math.abs(a.peer.bytesPerSecond - 10 * block) < 100);
  await swarm.end();
});

test('one that gives nothing for ten seconds is passed over, and others are asked', async () => {
  const { swarm, a } = setUp({ pieces: 2 });
  const b = swarm.join('b', { choking: true });
  swarm.pass(9);
  b.unchokes();
  assert.equal(a.peer.snubbed, false);
  assert.deepEqual(b.asked.sort(), a.asked.toSorted(), 'at the end the same is asked of both');
  swarm.pass(1);
  assert.equal(a.peer.snubbed, true);
  await b.givesAll();
  await swarm.endWhole();
});

test('what it owes is asked of others at once, long before the end', async () => {
  const { swarm, a } = setUp({ pieces: 60 });
  const b = swarm.join('b');
  a.gives(1);
  for (let second = 0; second < 10; second += 1) {
    b.gives(1);
    swarm.pass(1);
  }
  assert.equal(a.peer.snubbed, true);
  await b.givesAll();
  await swarm.endWhole();
});

test('what it gives late is taken, and it is asked again, for nothing twice', async () => {
  const { swarm, a } = setUp({ pieces: 3 });
  const owed = a.owes.length;
  swarm.pass(12);
  assert.deepEqual([a.peer.snubbed, a.owes.length], [true, owed], 'nothing more is asked of it meanwhile');
  a.gives(1);
  assert.equal(a.peer.snubbed, false);
  await a.givesAll();
  assert.equal(new Set(a.asked).size, a.asked.length);
  await swarm.endWhole();
});

test('what others have given meanwhile is cancelled when it gives again', async () => {
  const { swarm, a } = setUp({ pieces: 4 });
  const owed = a.asked;
  assert.equal(owed.length, 4);
  swarm.pass(10);
  const b = swarm.join('b', { has: [a.owes[2]?.index as number] });
  await b.givesAll();
  assert.equal(a.heard('cancel'), 0, 'it may be as good as dead');
  a.gives(1);
  assert.equal(a.heard('cancel'), 2);
  await a.givesAll();
  await swarm.endWhole();
});

test('one that chokes instead, and then gives nothing again, is passed over again', async () => {
  const { swarm, a } = setUp({ pieces: 30 });
  const b = swarm.join('b', { requestsMax: 1 });
  const alive = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      b.gives(1);
      swarm.pass(1);
      await settled();
    }
  };
  await alive(11);
  a.chokes();
  a.unchokes();
  const [owed] = a.owes as [Block];
  assert.equal(a.owes.length, 1, 'it is asked for little');
  await alive(11);
  assert.equal(a.peer.snubbed, true);
  await alive(5);
  assert.ok(swarm.have.has(owed.index), 'b has given what it owed');
  await swarm.end();
});

test('one that gives nothing for a minute is let go', async () => {
  const { swarm, a } = setUp();
  swarm.pass(59);
  assert.equal(a.closed, undefined);
  swarm.pass(1);
  assert.deepEqual([a.closed, a.gone, swarm.downloader.peers.size], ['it gives nothing', true, 0]);
  await swarm.end();
});

const patient: { name: string; each: (a: Remote, second: number) => void }[] = [
  { name: 'one that gives a block now and then', each: (a, second) => second % 9 === 8 && a.gives(1) },
  { name: 'one that chokes', each: (a, second) => second === 0 && a.chokes() },
  { name: 'one that chokes and unchokes', each: (a, second) => (second % 20 < 10 ? a.unchokes() : a.chokes()) },
];

for (const { name, each } of patient)
  test(`nobody is let go that keeps to the rules: ${name}`, async () => {
    const { swarm, a } = setUp({ pieces: 100 });
    for (let second = 0; second < 200; second += 1) {
      each(a, second);
      swarm.pass(1);
    }
    assert.equal(a.closed, undefined);
    await swarm.end();
  });

test('garbage is no sign of life', () => {
  const { swarm, a } = setUp();
  for (let second = 0; second < 60; second += 1) {
    a.says({ kind: 'piece', index: 5, begin: 100, bytes: Buffer.alloc(10) });
    swarm.pass(1);
  }
  assert.equal(a.closed, 'it gives nothing');
});

for (const fast of [false, true])
  test(`what a choke has undone is asked for again, ${fast ? 'with' : 'without'} BEP 6`, async () => {
    const { swarm, a } = setUp({ pieces: 2, fast });
    const asked = a.asked;
    a.gives(1);
    a.chokes();
    assert.equal(a.asked.length, asked.length, 'nothing is asked for while it chokes');
    a.unchokes();
    assert.deepEqual(a.owes.map(({ begin }) => begin / block).sort(), [0, 1, 1]);
    assert.deepEqual(a.asked.slice(asked.length).sort(), asked.slice(1).sort());
    await a.givesAll();
    await swarm.endWhole();
  });

test('what a choke has undone is asked of others meanwhile', async () => {
  const { swarm, a } = setUp({ pieces: 2, fast: false });
  const b = swarm.join('b', { has: [] });
  a.gives(1);
  a.chokes();
  b.says({ kind: 'have', index: 0 }, { kind: 'have', index: 1 });
  await b.givesAll();
  await swarm.endWhole();
});

test('rejects that come late, after the choke was over, cost no more than a wait', async () => {
  const { swarm, a } = setUp({ pieces: 2 });
  const { owes } = a;
  a.chokes();
  a.unchokes();
  for (const owed of owes) a.says({ kind: 'reject', ...owed });
  a.gives(); // it gives all the same, and that is not waited for
  assert.equal(swarm.have.count, 0);
  swarm.pass(10);
  await a.givesAll();
  await swarm.endWhole();
});

test('choke flapping costs the peer its turn, and nobody else anything', async () => {
  const { swarm, a } = setUp({ pieces: 100 });
  a.gives(4);
  a.gives(8);
  a.gives(16);
  const before = a.asked.length;
  const b = swarm.join('b');
  for (let time = 0; time < 500; time += 1) {
    a.chokes();
    a.unchokes();
    if (time % 50 === 0) b.gives(1);
  }
  assert.ok(a.owes.length <= pipelineLimits.min);
  assert.ok(a.asked.length <= before + 500 * pipelineLimits.min, 'it is asked for little each time');
  a.chokes();
  await b.givesAll();
  await swarm.endWhole();
});

test('who rejects a block is not asked for its piece again at once, but others are', async () => {
  const { swarm, a } = setUp({ pieces: 1, blocks: 4 });
  a.gives(1);
  a.rejects(1);
  assert.deepEqual([a.asked.length, a.owes.length], [4, 2], 'no ping-pong');
  const b = swarm.join('b');
  assert.ok(b.asked.includes('0.1'));
  a.gives();
  await b.givesAll();
  await swarm.endWhole();
});

test('a peer that rejected a block in passing is asked again a little later', async () => {
  const { swarm, a } = setUp({ pieces: 1 });
  a.rejects(1);
  a.gives();
  assert.equal(a.owes.length, 0);
  swarm.pass(10);
  assert.deepEqual([a.asked.at(-1), a.owes.length], ['0.0', 1]);
  await a.givesAll();
  await swarm.endWhole();
});

test('a flood of rejects ends before it has gone through the torrent', () => {
  const { swarm, a } = setUp({ pieces: 400, blocks: 1 });
  const rejectAll = (): void => {
    while (a.owes.length > 0) a.rejects(1);
  };
  rejectAll();
  assert.ok(a.asked.length <= 100 + pipelineLimits.min, `${a.asked.length} requests`);
  const before = a.asked.length;
  swarm.pass(10);
  rejectAll();
  assert.ok(a.asked.length <= 2 * before);
});

const unasked: { name: string; message: (owed: Block) => { index: number; begin: number; bytes: Buffer } }[] = [
  { name: 'of a piece that nobody asked for', message: () => ({ index: 5, begin: 0, bytes: Buffer.alloc(block, 1) }) },
  { name: 'of another length', message: ({ index, begin }) => ({ index, begin, bytes: Buffer.alloc(10, 1) }) },
  { name: 'that is empty but for a byte', message: ({ index }) => ({ index, begin: 1, bytes: Buffer.alloc(1, 1) }) },
  {
    name: 'that begins elsewhere',
    message: ({ index, begin }) => ({ index, begin: begin + 1, bytes: Buffer.alloc(block, 1) }),
  },
];

for (const { name, message } of unasked)
  test(`a block is thrown away ${name}`, async () => {
    const swarm = new TestSwarm({ pieces: 6 });
    const a = swarm.join('a', { has: [0, 1, 2] });
    swarm.join('b', { has: [3, 4, 5], choking: true });
    a.says({ kind: 'piece', ...message(a.owes[0] as Block) });
    assert.equal(swarm.pool.out.size, 0, 'no memory is taken for it');
    await a.givesAll();
    assert.deepEqual([...swarm.have], [0, 1, 2]);
    await swarm.end();
  });

test('a block that comes twice is taken once', async () => {
  const { swarm, a } = setUp({ pieces: 1 });
  const [first] = a.owes as [Block];
  a.giveBlock(first);
  a.giveBlock(first, spoil);
  await a.givesAll();
  assert.deepEqual(swarm.events, ['piece 0', 'whole']);
  await swarm.endWhole();
});

/** Has a peer give blocks that nobody asked for. */
function flood(a: Remote, count: number): void {
  for (let time = 0; time < count; time += 1) a.says({ kind: 'piece', index: 0, begin: 1, bytes: Buffer.alloc(1) });
}

test('one that gives a few blocks unasked is borne with, one that goes on is let go', () => {
  const { a } = setUp();
  flood(a, 64);
  assert.equal(a.closed, undefined);
  flood(a, 1);
  assert.equal(a.closed, 'it gives what it was not asked for');
});

test('what was asked for may come late, or twice', () => {
  const { swarm, a } = setUp();
  a.gives(1);
  const late = a.owes;
  a.chokes();
  for (const block of late) a.giveBlock(block); // on their way when it choked
  a.unchokes();
  swarm.join('b', { fast: false }).gives();
  const asked = a.asked.length - a.owes.length;
  flood(a, 64 + asked - late.length);
  assert.equal(a.closed, undefined);
  flood(a, 1);
  assert.equal(a.closed, 'it gives what it was not asked for');
});

test('what was cancelled may come all the same', () => {
  const { swarm, a } = setUp({ pieces: 1 });
  swarm.join('b').gives();
  assert.equal(a.heard('cancel'), 2);
  flood(a, 64 + 2);
  assert.equal(a.closed, undefined);
  flood(a, 1);
  assert.equal(a.closed, 'it gives what it was not asked for');
});

test('blocks that come after a choke are thrown away', async () => {
  const { swarm, a } = setUp({ pieces: 1 });
  const [first] = a.owes as [Block];
  a.chokes();
  a.giveBlock(first, spoil);
  a.unchokes();
  await a.givesAll();
  assert.deepEqual(swarm.events, ['piece 0', 'whole']);
  await swarm.endWhole();
});

const strangeRejects: { name: string; of: (owed: Block) => Block }[] = [
  { name: 'of a piece that there is not', of: (owed) => ({ ...owed, index: 2 ** 32 - 1 }) },
  { name: 'beyond its piece', of: (owed) => ({ ...owed, begin: 100 * block }) },
  { name: 'between two blocks', of: (owed) => ({ ...owed, begin: owed.begin + 7 }) },
  { name: 'of another length', of: (owed) => ({ ...owed, length: 1 }) },
  {
    name: 'beyond the largest piece, as if of the next one',
    of: ({ index, begin, length }) => ({ index: index - 1, begin: begin + 2 ** 24, length }),
  },
];

for (const { name, of } of strangeRejects)
  test(`a reject changes nothing ${name}`, async () => {
    const { swarm, a } = setUp({ pieces: 4 });
    const owed = a.owes.find(({ index }) => index > 0) as Block;
    a.says({ kind: 'reject', ...of(owed) });
    await a.givesAll();
    assert.equal(new Set(a.asked).size, a.asked.length);
    await swarm.endWhole();
  });

test('a request that is passed over while others are answered is made again, of others first', async () => {
  const { swarm, a } = setUp({ pieces: 40 });
  const [lost] = a.forgets(1) as [Block];
  const b = swarm.join('b', { has: [lost.index], choking: true });
  for (let second = 0; second < 29; second += 1) {
    a.gives(1);
    swarm.pass(1);
  }
  b.unchokes();
  assert.equal(b.owes[0], undefined, 'it is owed by a');
  a.gives(1);
  swarm.pass(1);
  assert.ok(a.sent.some((message) => message.kind === 'cancel' && message.begin === lost.begin));
  b.gives();
  await a.givesAll();
  await swarm.endWhole();
});

test('a request that is passed over is made again of the same peer, when there is no other', async () => {
  const { swarm, a } = setUp({ pieces: 2 });
  const [lost] = a.forgets(1) as [Block];
  await a.givesAll();
  swarm.pass(29);
  assert.equal(a.heard('cancel'), 0);
  swarm.pass(11);
  assert.equal(a.asked.filter((name) => name === `${lost.index}.${lost.begin / block}`).length, 2);
  assert.equal(a.closed, undefined);
  await a.givesAll();
  await swarm.endWhole();
});

test('what another has given is cancelled and not waited for; should it come, or be rejected, that means nothing', async () => {
  const { swarm, a } = setUp({ pieces: 1 });
  const b = swarm.join('b');
  const [first, second] = a.owes as [Block, Block];
  b.giveBlock(second);
  assert.deepEqual([a.heard('cancel'), a.owes], [1, [first]]);
  a.giveBlock(second, spoil);
  a.says({ kind: 'reject', ...second });
  a.gives();
  await settled();
  assert.equal(b.heard('cancel'), 1);
  await swarm.endWhole();
});

test('one that is dismissed is asked for nothing, and what it gives is not taken', async () => {
  const { swarm, a } = setUp({ pieces: 1 });
  const [first] = a.owes as [Block];
  a.peer.dismiss();
  a.giveBlock(first, spoil);
  a.chokes();
  a.unchokes();
  swarm.pass(30);
  assert.equal(a.asked.length, 2);
  const b = swarm.join('b');
  await b.givesAll();
  assert.deepEqual(swarm.events, ['piece 0', 'whole']);
  await swarm.endWhole();
});

test('one of last resort is in reserve, until the others have given nothing for ten seconds', async () => {
  const swarm = new TestSwarm({ pieces: 4 });
  const server = swarm.join('server', { lastResort: true, requestsMax: 1 });
  assert.equal(server.owes.length, 1, 'nobody else has anything');
  const boaster = swarm.join('boaster', { choking: true });
  server.gives();
  server.gives();
  assert.equal(server.owes.length, 0);
  swarm.pass(9);
  assert.equal(server.owes.length, 0);
  swarm.pass(1);
  assert.equal(server.owes.length, 1);
  boaster.unchokes();
  boaster.gives(1);
  swarm.pass(1);
  server.gives();
  assert.equal(server.owes.length, 0, 'somebody gives again');
  await boaster.givesAll();
  await swarm.endWhole();
});

test('a peer that gives nothing for half a minute, for whatever reason, is unproductive until it gives', async () => {
  const swarm = new TestSwarm({ pieces: 20 });
  const a = swarm.join('a', { choking: true });
  swarm.pass(29);
  assert.equal(a.peer.unproductive, false);
  swarm.pass(1);
  assert.equal(a.peer.unproductive, true);
  a.unchokes();
  a.gives(1);
  assert.equal(a.peer.unproductive, false);
  await a.givesAll();
  await swarm.endWhole();
});
