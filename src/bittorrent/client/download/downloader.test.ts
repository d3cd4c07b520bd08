import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../../protocols/wire/types.ts';
import type { LentPiece } from '../../../storage/fetch/fetch-piece.ts';
import { TestSwarm } from '../downloader.testing.ts';
import { nameOf, type Remote, settled, spoil } from '../played-peer.testing.ts';

/** Blocks in the order in which they were asked for, but for those of other pieces. */
const owedOf = (remote: Remote, index: number): Block[] => remote.owes.filter((block) => block.index === index);

/** Everybody gives all that is asked for, in turns of one block. */
async function giveInTurns(...remotes: Remote[]): Promise<void> {
  while (remotes.some(({ owes, gone }) => owes.length > 0 && !gone)) {
    for (const remote of remotes) if (!remote.gone) remote.gives(1);
    await settled();
  }
}

const shapes: { pieces: number; blocks: number }[] = [
  { pieces: 1, blocks: 1 },
  { pieces: 1, blocks: 5 },
  { pieces: 30, blocks: 1 },
  { pieces: 12, blocks: 3 },
];

for (const { pieces, blocks } of shapes)
  test(`a whole download from one peer: ${pieces} pieces of ${blocks} blocks`, async () => {
    const swarm = new TestSwarm({ pieces, blocks });
    const a = swarm.join('a');
    await a.givesAll();
    assert.equal(a.asked.length, pieces * blocks, 'every block is asked for once');
    assert.equal(swarm.events.length, pieces + 1);
    assert.deepEqual([a.heard('cancel'), a.heard('not-interested')], [0, 1]);
    await swarm.endWhole();
  });

test('from several peers that have some of it each', async () => {
  const swarm = new TestSwarm({ pieces: 9 });
  const peers = [
    [0, 1, 2, 3],
    [3, 4, 5],
    [5, 6, 7, 8, 0],
  ].map((has, number) => swarm.join(`peer ${number}`, { has }));
  await giveInTurns(...peers);
  assert.ok(
    peers.every((peer) => peer.asked.length > 2),
    'each gave something',
  );
  await swarm.endWhole();
});

test('taken up again with some pieces: those are not asked for', async () => {
  const swarm = new TestSwarm({ pieces: 6, have: [0, 2, 5] });
  const a = swarm.join('a');
  await a.givesAll();
  assert.deepEqual(a.asked.toSorted(), ['1.0', '1.1', '3.0', '3.1', '4.0', '4.1']);
  await swarm.endWhole();
});

test('with everything already there, nobody is asked, and nobody is interesting', async () => {
  const swarm = new TestSwarm({ pieces: 2, have: [0, 1] });
  const a = swarm.join('a');
  assert.deepEqual([a.sent.length, swarm.downloader.unreachable], [0, []]);
  await swarm.end();
});

test('pieces that a peer gains are asked for as it says so', async () => {
  const swarm = new TestSwarm({ pieces: 5 });
  const a = swarm.join('a', { has: [] });
  for (const index of [3, 0, 4, 4, 1, 2]) {
    a.says({ kind: 'have', index });
    await a.givesAll();
  }
  assert.deepEqual(swarm.events, [3, 0, 4, 1, 2].map((index) => `piece ${index}`).concat('whole'));
  await swarm.endWhole();
});

test('what a peer says it has counts once, however often and in whatever order it says so', async () => {
  const swarm = new TestSwarm({ pieces: 4 });
  const a = swarm.join('a', { has: [2], choking: true });
  a.says({ kind: 'have', index: 2 }, { kind: 'have', index: 1 });
  swarm.downloader.onHave(a.peer, undefined);
  a.says({ kind: 'have', index: 1 });
  assert.deepEqual(swarm.downloader.unreachable.toSorted(), [0, 3]);
  a.leaves();
  assert.deepEqual(swarm.downloader.unreachable.toSorted(), [0, 1, 2, 3]);
  await swarm.end();
});

test('a peer that comes with nothing, and gains pieces, is counted', async () => {
  const swarm = new TestSwarm({ pieces: 3 });
  const a = swarm.join('a', { has: [], choking: true });
  a.says({ kind: 'have', index: 1 });
  assert.deepEqual(swarm.downloader.unreachable.toSorted(), [0, 2]);
  a.leaves();
  assert.deepEqual(swarm.downloader.unreachable.toSorted(), [0, 1, 2]);
  await swarm.end();
});

test('a peer that owes blocks and gives none is not counted on, until it gives again', async () => {
  const swarm = new TestSwarm({ pieces: 1 });
  const a = swarm.join('a');
  swarm.pass(10);
  assert.deepEqual(swarm.downloader.unreachable, [0]);
  a.gives(1);
  assert.deepEqual(swarm.downloader.unreachable, []);
  a.gives(1);
  await swarm.endWhole();
});

test('a peer that tells nothing but haves, of half a million pieces, costs no look at all of them', () => {
  const swarm = new TestSwarm({ pieces: 3 });
  const a = swarm.join('a', { has: [], choking: true });
  let looks = 0;
  const { session } = a.connection;
  const each = session.pieces[Symbol.iterator].bind(session.pieces);
  session.pieces[Symbol.iterator] = () => {
    looks += 1;
    return each();
  };
  for (const index of [0, 1, 2]) a.says({ kind: 'have', index });
  swarm.downloader.onHave(a.peer, undefined); // a have-all that says nothing new
  assert.equal(looks, 0);
});

test('pieces that nobody has are unreachable; those that one of last resort has are not', async () => {
  const swarm = new TestSwarm({ pieces: 5, have: [0] });
  assert.deepEqual(swarm.downloader.unreachable.toSorted(), [1, 2, 3, 4]);
  const a = swarm.join('a', { has: [1, 2] });
  swarm.join('server', { has: [3], lastResort: true });
  assert.deepEqual(swarm.downloader.unreachable, [4]);
  a.gives(1);
  a.leaves();
  assert.deepEqual(swarm.downloader.unreachable.toSorted(), [1, 2, 4], 'also one that is half there');
  await swarm.end();
});

test('at the end the same is asked of several, and cancelled with those that did not give it', async () => {
  const swarm = new TestSwarm({ pieces: 1, blocks: 2 });
  const [a, b, c] = [swarm.join('a'), swarm.join('b'), swarm.join('c', { has: [] })];
  assert.deepEqual(
    [a.asked, b.asked],
    [
      ['0.0', '0.1'],
      ['0.1', '0.0'],
    ],
  );
  b.gives(1);
  assert.deepEqual([a.heard('cancel'), b.heard('cancel'), c.sent.length], [1, 0, 0]);
  a.gives(1);
  assert.deepEqual([a.heard('cancel'), b.heard('cancel'), b.owes], [1, 1, []]);
  await swarm.endWhole();
});

test('a peer whose blocks have all come from others is asked for others at once', async () => {
  const swarm = new TestSwarm({ pieces: 2, blocks: 4 });
  const slow = swarm.join('slow', { requestsMax: 1 });
  const quick = swarm.join('quick');
  const [first] = slow.owes as [Block];
  while (quick.owes.length > 0 && !quick.owes.some((owed) => nameOf(owed) === nameOf(first))) quick.gives(1);
  quick.giveBlock(first);
  assert.equal(slow.heard('cancel'), 1);
  assert.ok(slow.owes.length === 1 || swarm.have.full, 'its turn is not over');
  await giveInTurns(quick, slow);
  await swarm.endWhole();
});

test('a peer that leaves in the middle of a piece: the next one gives the rest, and only that', async () => {
  const swarm = new TestSwarm({ pieces: 1, blocks: 6 });
  const a = swarm.join('a', { fast: false });
  a.gives(2);
  a.leaves();
  const b = swarm.join('b');
  await b.givesAll();
  assert.deepEqual(b.asked, ['0.2', '0.3', '0.4', '0.5']);
  await swarm.endWhole();
});

test('everybody leaves, and others come', async () => {
  const swarm = new TestSwarm({ pieces: 8, blocks: 3 });
  for (let round = 0; !swarm.have.full && round < 50; round += 1) {
    const peers = ['a', 'b', 'c'].map((name) => swarm.join(`${name}${round}`));
    for (const peer of peers) peer.gives(1);
    await settled();
    for (const peer of peers) peer.leaves();
    assert.equal(swarm.downloader.peers.size, 0);
  }
  await swarm.endWhole();
});

test('one that gives wrong bytes is found out, and its piece comes from another', async () => {
  const swarm = new TestSwarm({ pieces: 4 });
  const liar = swarm.join('liar');
  liar.gives(2, spoil);
  assert.deepEqual(swarm.events, ['liar liar']);
  const asked = liar.asked.length;
  liar.gives(); // it still has something to say
  assert.equal(swarm.pool.out.size, 0, 'what it says now is not even kept');
  swarm.endClosed();
  const honest = swarm.join('honest');
  await honest.givesAll();
  assert.equal(liar.asked.length, asked);
  await swarm.endWhole();
});

test('a piece whose only giver lied may come from several', async () => {
  const swarm = new TestSwarm({ pieces: 1, blocks: 4 });
  swarm.join('liar').gives(4, spoil);
  swarm.endClosed();
  const peers = [swarm.join('a', { requestsMax: 2 }), swarm.join('b', { requestsMax: 2 })];
  assert.deepEqual(
    peers.map((remote) => remote.asked),
    [
      ['0.0', '0.1'],
      ['0.2', '0.3'],
    ],
  );
  await giveInTurns(...peers);
  await swarm.endWhole();
});

/** One piece of four blocks, of which `a` gives the first two and `b` the rest. `lies` is done to the bytes of `b`. */
function mixed(lies: (bytes: Buffer) => void): { swarm: TestSwarm; a: Remote; b: Remote } {
  const swarm = new TestSwarm({ pieces: 1, blocks: 4 });
  const a = swarm.join('a');
  const b = swarm.join('b');
  for (const block of a.owes.slice(0, 2)) a.giveBlock(block);
  for (const block of b.owes.slice(0, 2)) b.giveBlock(block, lies);
  return { swarm, a, b };
}

test('a piece from several that does not hash comes from one: an honest one proves who lied', async () => {
  const { swarm, a, b } = mixed(spoil);
  assert.equal(swarm.events.length, 0, 'nobody is condemned for what another may have given');
  const owners = [a, b].filter((remote) => owedOf(remote, 0).length > 0);
  assert.equal(owners.length, 1, 'it is asked of one');
  b.leaves();
  await a.givesAll();
  assert.deepEqual(swarm.events, ['liar b', 'piece 0', 'whole']);
  assert.equal(a.closed, undefined);
  await swarm.endWhole();
});

test('a piece from several that does not hash comes from one: the liar convicts itself', async () => {
  const { swarm, a, b } = mixed(spoil);
  a.chokes();
  swarm.pass(1);
  const again = owedOf(b, 0);
  assert.ok(again.length > 0);
  while (b.owes.length > 0 && b.closed === undefined) b.gives(1, spoil);
  assert.deepEqual(swarm.events, ['liar b']);
  swarm.endClosed();
  a.unchokes();
  await a.givesAll();
  assert.deepEqual(swarm.events, ['liar b', 'piece 0', 'whole'], 'it is told of once');
  await swarm.endWhole();
});

test('two liars and an honest peer: the honest one is kept', async () => {
  const swarm = new TestSwarm({ pieces: 1, blocks: 3 });
  const peers = ['x', 'y', 'honest'].map((name) => swarm.join(name, { requestsMax: 1 }));
  for (const peer of peers) peer.gives(1, peer.name === 'honest' ? undefined : spoil);
  assert.equal(swarm.events.length, 0);
  for (let turn = 0; turn < 100 && !swarm.have.full; turn += 1) {
    for (const peer of peers) if (!peer.gone) peer.gives(1, peer.name === 'honest' ? undefined : spoil);
    await settled();
    swarm.pass(1);
  }
  assert.deepEqual(swarm.events.slice(0, -2).sort(), ['liar x', 'liar y']);
  assert.deepEqual([swarm.downloader.peers.size, peers[2]?.closed], [1, undefined]);
  await swarm.endWhole();
});

test('a doubted piece survives the chokes of its only source', async () => {
  const { swarm, a, b } = mixed(spoil);
  b.leaves();
  for (let time = 0; time < 4; time += 1) {
    a.gives(1);
    a.chokes();
    swarm.pass(30);
    a.unchokes();
  }
  await a.givesAll();
  assert.deepEqual(swarm.events, ['liar b', 'piece 0', 'whole']);
  await swarm.endWhole();
});

test('a liar that dawdles over a doubted piece does not hold it up', async () => {
  const { swarm, a, b: liar } = mixed(spoil);
  a.chokes();
  swarm.pass(1);
  assert.ok(owedOf(liar, 0).length > 0, 'it has the piece to itself');
  const cancels = liar.heard('cancel');
  a.unchokes();
  for (let second = 0; second < 40 && !swarm.have.full; second += 1) {
    if (second % 5 === 0) liar.gives(1, spoil);
    a.gives();
    await settled();
    swarm.pass(1);
  }
  assert.deepEqual(swarm.events, ['liar b', 'piece 0', 'whole']);
  assert.ok(liar.heard('cancel') > cancels, 'what it still owes is not wanted');
  await swarm.endWhole();
});

test('blocks of a doubted piece that are still on their way do not get into its second try', async () => {
  const swarm = new TestSwarm({ pieces: 1, blocks: 2 });
  const [a, b] = [swarm.join('a'), swarm.join('b')];
  const [first, second] = a.owes as [Block, Block];
  a.giveBlock(first, spoil);
  b.giveBlock(second);
  assert.equal(swarm.events.length, 0);
  const owner = [a, b].find((remote) => remote.owes.length > 0) as Remote;
  const other = owner === a ? b : a;
  other.giveBlock(first, spoil); // cancelled too late
  other.giveBlock(second, spoil);
  if (owner === b) await b.givesAll();
  else a.leaves();
  swarm.pass(1);
  await b.givesAll();
  assert.equal(swarm.events.includes('liar b'), false);
  await swarm.endWhole();
});

test('a piece that could not be written: it is told once, and nothing more is asked for', async () => {
  const swarm = new TestSwarm({ pieces: 8, slowDisk: true });
  const [a, b] = [swarm.join('a'), swarm.join('b')];
  for (let time = 0; time < 6; time += 1) for (const remote of [a, b]) remote.gives(1);
  await settled();
  const [first, second] = swarm.writes;
  first?.fail(new Error('no space'));
  second?.fail(new Error('no space either'));
  await settled();
  assert.deepEqual(swarm.events, ['failure no space']);
  const asked = a.asked.length + b.asked.length;
  a.leaves();
  b.gives();
  b.chokes();
  b.unchokes();
  swarm.join('c');
  swarm.pass(20);
  assert.equal(a.asked.length + b.asked.length, asked);
  assert.equal(b.sent.at(-1)?.kind, 'not-interested');
  await swarm.end();
});

test('who lets go of all peers when a piece could not be written has nobody asked on the way', async () => {
  const swarm = new TestSwarm({ pieces: 8, slowDisk: true });
  const remotes = [swarm.join('a'), swarm.join('b')];
  const { push } = swarm.events;
  swarm.events.push = (event) => {
    if (event.startsWith('failure')) for (const remote of remotes) remote.leaves();
    return push.call(swarm.events, event);
  };
  remotes[0]?.gives(2);
  const asked = remotes.map((remote) => remote.asked.length);
  swarm.writes[0]?.fail(new Error('no space'));
  await settled();
  assert.deepEqual(
    remotes.map((remote) => remote.asked.length),
    asked,
  );
  await swarm.end();
});

test('the memory of a piece that was written may be taken over, and comes back later', async () => {
  const kept: LentPiece[] = [];
  const swarm = new TestSwarm({ pieces: 3, keep: (index, piece) => index === 1 && kept.push(piece) > 0 });
  await swarm.join('a').givesAll();
  assert.deepEqual([swarm.have.full, swarm.pool.out.size, kept.length], [true, 1, 1]);
  assert.ok(swarm.bytesOf(1).equals(kept[0]?.bytes as Uint8Array), 'it is not used again meanwhile');
  kept[0]?.release();
  await swarm.endWhole();
});

test('memory is bounded while the disk is slow, nothing is asked for twice, and it goes on as soon as it can', async () => {
  // Pieces of 16 MiB: three may be under way.
  const swarm = new TestSwarm({ pieces: 5, blocks: 1024, slowDisk: true });
  const a = swarm.join('a', { requestsMax: 2000 });
  const b = swarm.join('b', { has: [] });
  for (let time = 0; time < 2000 && a.owes.length > 0; time += 1) a.gives();
  assert.deepEqual([swarm.pool.out.size, swarm.writes.length, a.owes.length], [3, 3, 0]);
  for (const index of [0, 1, 2, 3, 4]) b.says({ kind: 'have', index });
  assert.equal(b.owes.length, 0);
  swarm.writes.shift()?.finish();
  await settled();
  assert.equal(swarm.pool.out.size, 2);
  assert.ok(a.owes.length > 0 && b.owes.length > 0, 'everybody is asked at once');
  while (!swarm.have.full) {
    for (const remote of [a, b]) remote.gives();
    swarm.writes.shift()?.finish();
    await settled();
  }
  await swarm.endWhole();
});

test('a peer without the piece that was written is asked, too, when that makes room', async () => {
  const swarm = new TestSwarm({ pieces: 5, blocks: 1024, slowDisk: true });
  const a = swarm.join('a', { has: [0, 1, 2], requestsMax: 2000 });
  for (let time = 0; time < 2000 && a.owes.length > 0; time += 1) a.gives();
  const b = swarm.join('b', { has: [3, 4] });
  assert.deepEqual([swarm.writes.length, b.owes.length], [3, 0]);
  swarm.writes.shift()?.finish();
  await settled();
  assert.ok(b.owes.length > 0);
  await swarm.end();
});

test('peers that begin large pieces and go do not stop the download', async () => {
  const swarm = new TestSwarm({ pieces: 6, blocks: 1024 });
  for (const index of [0, 1, 2, 3, 4]) {
    const passing = swarm.join(`passing ${index}`, { has: [index] });
    passing.gives(1);
    passing.leaves();
  }
  const a = swarm.join('a', { has: [5] });
  assert.ok(a.owes.length > 0);
  assert.ok(swarm.pool.out.size <= 3);
  await swarm.end();
});

test('a piece that was here and is lost is fetched again', async () => {
  const swarm = new TestSwarm({ pieces: 3, have: [0, 1] });
  const a = swarm.join('a', { has: [0, 1] });
  assert.equal(a.sent.length, 0);
  swarm.have.remove(1);
  swarm.downloader.lost(1);
  assert.deepEqual([a.sent[0]?.kind, a.asked], ['interested', ['1.0', '1.1']]);
  await a.givesAll();
  assert.deepEqual(swarm.events, ['piece 1']);
  assert.equal(a.sent.at(-1)?.kind, 'not-interested');
  await swarm.end();
});

test('stopped in the middle, it gives all memory back, asks for nothing, and takes nothing', async () => {
  const swarm = new TestSwarm({ pieces: 10, blocks: 4, slowDisk: true });
  const [a, b] = [swarm.join('a'), swarm.join('b')];
  for (const remote of [a, b]) remote.gives(3);
  a.gives(3);
  assert.ok(swarm.pool.out.size > 1 && swarm.writes.length > 0);
  const asked = a.asked.length;
  swarm.downloader.stop();
  assert.equal(swarm.pool.out.size, swarm.writes.length, 'what is being written is given back when it is');
  assert.equal(a.sent.at(-1)?.kind, 'not-interested');
  for (const remote of [a, b]) remote.gives();
  a.chokes();
  a.unchokes();
  a.says({ kind: 'have', index: 3 });
  swarm.pass(5);
  assert.equal(a.asked.length, asked);
  assert.equal(swarm.pool.out.size, swarm.writes.length);
  await swarm.end();
  assert.deepEqual(
    swarm.events,
    swarm.writes.map(({ index }) => `piece ${index}`),
    'what was written is here, and told of',
  );
});

test('stopped, it does not mind that a piece could not be written', async () => {
  const swarm = new TestSwarm({ pieces: 2, slowDisk: true });
  const a = swarm.join('a');
  a.gives(2);
  swarm.downloader.stop();
  swarm.writes[0]?.fail(new Error('closed'));
  await settled();
  assert.equal(swarm.events.length, 0);
  await swarm.end();
});
