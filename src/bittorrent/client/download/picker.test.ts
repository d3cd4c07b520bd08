import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, wireLimits } from '../../../protocols/wire/types.ts';
import { bitfieldOf, TestPeer } from '../picker.testing.ts';
import { Picker } from './picker.ts';

const { blockBytes } = wireLimits;

interface SetUp {
  readonly pieces?: number;
  /** Blocks of each piece. */
  readonly blocks?: number;
  readonly have?: readonly number[];
  readonly outstandingMax?: number;
  readonly random?: () => number;
}

/** A picker of ten pieces of two blocks. The random start is over, unless `have` says else. */
function setUp({ pieces = 10, blocks = 2, have = [6, 7, 8, 9], outstandingMax = 100, random = () => 0 }: SetUp = {}) {
  const dropped: number[] = [];
  const picker = new Picker<TestPeer>({
    shape: { pieces, pieceSize: () => blocks * blockBytes },
    have: bitfieldOf(pieces, have),
    outstandingMax,
    random,
    onDropped: ({ index }) => dropped.push(index),
  });
  const join = (name: string, has?: readonly number[], lastResort = false): TestPeer => {
    const peer = new TestPeer(name, bitfieldOf(pieces, has), lastResort);
    picker.join(peer);
    return peer;
  };
  /** The blocks that the peer is asked for: `3.1` is the second block of piece 3. */
  const ask = (peer: TestPeer, times = 1): string[] =>
    Array.from({ length: times }, () => picker.next(peer))
      .filter((block) => block !== undefined)
      .map(nameOf);
  /**
   * Has a peer give blocks; pieces that become complete have hashed, and are written. Returns the peers to cancel them
   * with.
   */
  const give = (peer: TestPeer, ...names: string[]): string[] => names.flatMap((name) => giveOne(peer, blockOf(name)));
  const giveOne = (peer: TestPeer, block: Block): string[] => {
    const piece = picker.wanting(peer, block);
    assert.ok(piece !== undefined, `${nameOf(block)} is wanted of ${peer.name}`);
    const others = piece.arrived(block.begin, peer);
    if (piece.complete) picker.finished(block.index);
    return others.map(({ name }) => name);
  };
  const release = (peer: TestPeer, ...names: string[]): void => {
    for (const name of names) picker.release(peer, blockOf(name));
  };
  return { picker, dropped, join, ask, give, release };
}

const nameOf = ({ index, begin }: Block): string => `${index}.${begin / blockBytes}`;
const blockOf = (name: string): Block => {
  const [index, number] = name.split('.').map(Number) as [number, number];
  return { index, begin: number * blockBytes, length: blockBytes };
};
const pieceOf = (name: string | undefined): number => blockOf(name as string).index;

test('a peer is asked for the rest of its piece before another is begun', () => {
  const { join, ask } = setUp({ blocks: 3 });
  const a = join('a', [0, 1, 2]);
  const asked = ask(a, 10);
  const pieces = asked.map(pieceOf);
  assert.deepEqual(
    asked,
    [0, 3, 6].flatMap((first) => [0, 1, 2].map((block) => `${pieces[first]}.${block}`)),
  );
  assert.deepEqual(new Set(pieces), new Set([0, 1, 2]));
});

test('two peers begin different pieces', () => {
  const { join, ask } = setUp();
  const [a, b] = [join('a'), join('b')];
  assert.notEqual(pieceOf(ask(a)[0]), pieceOf(ask(b)[0]));
});

test('nothing is asked of a peer that has nothing, or nothing that is missing', () => {
  const { join, ask } = setUp();
  assert.deepEqual([ask(join('a', [])), ask(join('b', [6, 7, 8, 9]))], [[], []]);
});

test('the rarest piece is begun first', () => {
  const { join, ask } = setUp();
  const a = join('a');
  for (const [name, has] of Object.entries({ b: [0, 1, 2, 3, 5], c: [0, 1, 3, 5], d: [0, 1, 3], e: [0, 3] }))
    join(name, has);
  assert.deepEqual(
    ask(a, 6).filter((name) => name.endsWith('.0')),
    ['4.0', '2.0', '5.0'],
  );
});

test('what a peer gains later makes a piece less rare', () => {
  const { picker, join, ask } = setUp();
  const [a, b] = [join('a', [0, 1]), join('b', [0])];
  b.pieces.add(1);
  picker.gained(b, 1);
  const c = join('c', []);
  c.pieces.add(1);
  picker.gained(c, 1);
  assert.equal(ask(a)[0], '0.0');
  assert.deepEqual([picker.copies(0), picker.copies(1)], [2, 3]);
  picker.leave(c);
  assert.equal(picker.copies(1), 2);
});

test('the first four pieces are any', () => {
  const chances = [0.1, 0.3, 0.5, 0.7, 0.9];
  const firsts = chances.map((at) => {
    let calls = 0;
    const { join, ask } = setUp({ have: [7, 8, 9], random: () => (calls++ < 6 ? 0 : at) });
    join('b', [0, 1, 2, 3, 4, 5]); // piece 6 is the rarest
    return ask(join('a'))[0];
  });
  assert.ok(new Set(firsts).size >= 4, firsts.join());
  const { join, ask } = setUp({ have: [0, 7, 8, 9], random: () => 0.5 });
  join('b', [1, 2, 3, 4, 5]);
  assert.equal(ask(join('a'))[0], '6.0', 'the fifth is the rarest');
});

test('pieces count towards the first four when they are here, and while they are', () => {
  const { picker, join, ask, give } = setUp({ blocks: 1, have: [0, 1, 2], random: () => 0.99 });
  join('b', [3, 4, 5, 6, 7, 8]);
  const a = join('a'); // piece 9 is the rarest, and first in the row
  const [any] = ask(a) as [string];
  assert.notEqual(any, '9.0');
  give(a, any);
  assert.equal(ask(a)[0], '9.0');
  picker.lost(pieceOf(any));
  give(a, '9.0');
  picker.lost(9);
  assert.notEqual(ask(a)[0], '9.0', 'three are here, as at first');
});

test('no more pieces are begun than may be; further peers help', () => {
  const { join, ask } = setUp({ outstandingMax: 2 });
  const [a, b, c] = [join('a'), join('b'), join('c')];
  const begun = [ask(a)[0], ask(b)[0]].map(pieceOf);
  assert.deepEqual(
    ask(c, 2),
    begun.map((piece) => `${piece}.1`),
  );
});

test('a piece makes room once it is here, not before', () => {
  const { picker, join, ask } = setUp({ outstandingMax: 1, blocks: 1 });
  const [a, b] = [join('a'), join('b', [0])];
  const [first] = ask(a) as [string];
  const piece = picker.wanting(a, blockOf(first));
  piece?.arrived(0, a);
  assert.deepEqual([ask(a), ask(b)], [[], []], 'it is being written');
  picker.finished(pieceOf(first));
  assert.equal(ask(a).length, 1);
});

test('the rest of a piece whose peer has gone comes before a new one', () => {
  const { picker, join, ask, give, release } = setUp({ blocks: 4 });
  const [a, b] = [join('a', [0]), join('b')];
  ask(a, 3);
  give(a, '0.1');
  picker.leave(a);
  release(a, '0.0', '0.2');
  assert.deepEqual(ask(b, 3), ['0.0', '0.2', '0.3']);
  assert.equal(picker.copies(0), 1);
});

test('a piece of which nothing has come waits its turn again, when its peer goes', () => {
  const { picker, join, ask, release } = setUp();
  const [a, b] = [join('a', [0]), join('b', [0, 1])];
  ask(a);
  const c = join('c', [0]);
  picker.leave(a);
  release(a, '0.0');
  assert.deepEqual([ask(b), picker.copies(0)], [['1.0'], 2], 'another is rarer');
  assert.deepEqual(ask(c), ['0.0']);
});

test('a piece of which nothing has come needs no memory, when its peer goes', () => {
  const { picker, dropped, join, ask, release } = setUp({ outstandingMax: 1 });
  const [a, b] = [join('a', [0]), join('b', [1])];
  assert.deepEqual([ask(a, 2), ask(b)], [['0.0', '0.1'], []]);
  picker.leave(a);
  release(a, '0.0', '0.1');
  assert.deepEqual([dropped, ask(b)], [[0], ['1.0']]);
});

test('one refused block does not take away the piece that a peer is busy with', () => {
  const { join, ask, give, release } = setUp({ blocks: 3 });
  const a = join('a', [0, 1, 2]);
  const asked = ask(a, 4);
  const [first, second] = [pieceOf(asked[0]), pieceOf(asked[3])];
  give(a, `${first}.0`);
  a.refused.add(first);
  release(a, `${first}.1`);
  assert.deepEqual(ask(a, 2), [`${second}.1`, `${second}.2`]);
});

test('a piece that is not given after all is asked of others, and of that peer once it may be', () => {
  const { picker, join, ask, give, release } = setUp({ blocks: 3, have: [3, 4, 5, 6, 7, 8, 9] });
  const [a, b] = [join('a', [0]), join('b', [1, 2])];
  ask(a, 3);
  give(a, '0.0');
  a.refused.add(0);
  release(a, '0.1', '0.2');
  assert.deepEqual(ask(a), [], 'not at once');
  b.pieces.add(0);
  picker.gained(b, 0);
  assert.deepEqual(ask(b), ['0.1']);
  a.refused.clear();
  assert.deepEqual(ask(a), ['0.2']);
});

test('a helper that gives up leaves a block to anybody, also when the owner has long gone on', () => {
  const { picker, join, ask, give, release } = setUp({ blocks: 3, outstandingMax: 2 });
  const [a, b, c] = [join('a', [0, 1]), join('b', [2]), join('c', [0])];
  assert.deepEqual(ask(c, 2), ['0.0', '0.1']);
  ask(b);
  assert.deepEqual(ask(a), ['0.2'], 'it helps: there is no memory for another piece');
  give(c, '0.0', '0.1');
  picker.leave(c); // owing nothing
  release(a, '0.2');
  assert.deepEqual(ask(a), ['0.2']);
});

test('at the end, and only then, what is owed is asked of others too', () => {
  const { join, ask, give } = setUp({ have: [2, 3, 4, 5, 6, 7, 8, 9] });
  const [a, b] = [join('a'), join('b', [0, 1])];
  const [first] = ask(a, 2) as [string];
  const other = 1 - pieceOf(first);
  assert.deepEqual(ask(b, 2), [`${other}.0`, `${other}.1`], 'as long as there is something else, that');
  const again = ask(b, 3);
  assert.deepEqual(again, [`${pieceOf(first)}.1`, `${pieceOf(first)}.0`], 'the last first, and each once');
  assert.deepEqual(give(a, first), ['b'], 'it is not to give it any more');
  assert.deepEqual(ask(b), [], 'what is here is not asked for');
});

test('a block is asked of three at most', () => {
  const { join, ask, release } = setUp({ blocks: 1, have: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
  const peers = ['a', 'b', 'c', 'd', 'e'].map((name) => join(name));
  assert.deepEqual(
    peers.map((peer) => ask(peer).length),
    [1, 1, 1, 0, 0],
  );
  release(peers[1] as TestPeer, '0.0');
  assert.deepEqual(
    peers.slice(3).map((peer) => ask(peer).length),
    [1, 0],
  );
});

test('it is the end, too, when nobody has the pieces that are left', () => {
  const { join, ask } = setUp();
  const [a, b] = [join('a', [0]), join('b', [0])];
  assert.deepEqual(
    [ask(a, 2), ask(b, 3)],
    [
      ['0.0', '0.1'],
      ['0.1', '0.0'],
    ],
  );
});

test('it is not the end while somebody has pieces that are left, though not this peer', () => {
  const { join, ask } = setUp();
  const [a, b] = [join('a', [0]), join('b', [0])];
  join('c', [1]);
  [a.bytesPerSecond, b.bytesPerSecond] = [1, 1e6];
  assert.deepEqual([ask(a, 2).length, ask(b)], [2, []]);
});

test('it is not the end when there is no memory: pieces that wait for the disk are waited for', () => {
  const { picker, join, ask } = setUp({ outstandingMax: 2, blocks: 1 });
  const [a, b, c] = [join('a', [0]), join('b', [1]), join('c')];
  c.bytesPerSecond = 1e6;
  ask(a);
  ask(b);
  picker.wanting(a, blockOf('0.0'))?.arrived(0, a);
  assert.deepEqual(ask(c), [], 'soon there is room');
  picker.finished(0);
  assert.equal(ask(c).length, 1);
});

const memoryHogs: { name: string; rates: { a: number; b: number; c: number }; again: string[] }[] = [
  { name: 'that is as fast', rates: { a: 1000, b: 1000, c: 1000 }, again: [] },
  { name: 'that is slow, in the younger piece', rates: { a: 1000, b: 10, c: 1000 }, again: [] },
  { name: 'that is slow, in the oldest piece', rates: { a: 100, b: 1000, c: 1000 }, again: ['0.1', '0.0'] },
  { name: 'that has given nothing yet, nor has the other', rates: { a: 0, b: 0, c: 0 }, again: [] },
];

for (const { name, rates, again } of memoryHogs)
  test(`where there is no memory for more, what is asked again of one ${name}`, () => {
    const { join, ask } = setUp({ outstandingMax: 2 });
    const [a, b, c] = [join('a', [0]), join('b', [1]), join('c')];
    for (const peer of [a, b, c]) peer.bytesPerSecond = rates[peer.name as 'a'];
    ask(a, 2);
    ask(b, 2);
    assert.deepEqual(ask(c, 9), again);
  });

test('who owes several blocks is not asked for what others owe', () => {
  const { join, ask } = setUp({ blocks: 6, have: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
  const [a, b] = [join('a'), join('b')];
  ask(a, 6);
  let owes = 0;
  Object.defineProperty(b, 'owes', { get: () => owes });
  const asked = [1, 2, 3, 4, 5, 6].flatMap(() => {
    const [name] = ask(b);
    if (name !== undefined) owes += 1;
    return name ?? [];
  });
  assert.deepEqual(asked, ['0.5', '0.4', '0.3', '0.2']);
  owes -= 1;
  assert.deepEqual(ask(b), ['0.1']);
});

test('a peer of last resort is asked for what no other has', () => {
  const { picker, join, ask } = setUp();
  const server = join('server', undefined, true);
  const a = join('a', [0, 1, 2, 3]);
  assert.deepEqual([picker.copies(0), picker.copies(4)], [1, 0]);
  const asked = ask(server, 9);
  assert.deepEqual(new Set(asked.map(pieceOf)), new Set([4, 5]));
  picker.leave(a);
  assert.deepEqual(new Set(ask(server, 9).map(pieceOf)), new Set([0, 1, 2, 3]), 'now nobody has the others');
});

test('a peer of last resort stands back for a seed, and for what others have begun', () => {
  const { picker, join, ask, give, release } = setUp();
  const server = join('server', undefined, true);
  const a = join('a');
  assert.deepEqual(ask(server), []);
  const [first] = ask(a) as [string];
  give(a, first);
  picker.leave(a);
  release(a);
  assert.equal(ask(server)[0], `${pieceOf(first)}.1`, 'the rest of what one has left behind');
});

test('a peer of last resort that need not stand back is asked like any other, and still not counted', () => {
  const { picker, join, ask } = setUp();
  const server = join('server', undefined, true);
  join('a');
  server.inReserve = false;
  assert.deepEqual([ask(server, 2).length, picker.copies(0)], [2, 1]);
});

test('a piece from several that did not hash comes from one, all of it', () => {
  const { picker, dropped, join, ask, give } = setUp({ blocks: 3, have: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
  const [a, b] = [join('a'), join('b')];
  ask(a, 2);
  ask(b);
  for (const [peer, name] of [
    [a, '0.0'],
    [a, '0.1'],
    [b, '0.2'],
  ] as const)
    picker.wanting(peer, blockOf(name))?.arrived(blockOf(name).begin, peer);
  picker.failed(0, true);
  assert.deepEqual([dropped, picker.left], [[0], 1]);
  assert.deepEqual(ask(b), ['0.0']);
  assert.deepEqual(ask(a), [], 'not even at the end');
  assert.equal(picker.wanting(a, blockOf('0.1')), undefined, 'what comes of before is not mixed in');
  assert.deepEqual(ask(b, 5), ['0.1', '0.2']);
  give(b, '0.0', '0.1', '0.2');
  assert.equal(picker.left, 0);
});

/** Piece 0 is doubted, and `a` has given a block of it; it is the only piece that is missing. */
function doubted() {
  const made = setUp({ blocks: 4, have: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
  const [a, b] = [made.join('a'), made.join('b')];
  made.ask(a);
  made.picker.failed(0, true);
  made.dropped.length = 0;
  assert.deepEqual(made.ask(a, 3), ['0.0', '0.1', '0.2']);
  made.give(a, '0.0');
  return { ...made, a, b };
}

test('a doubted piece is kept for its peer while that chokes', () => {
  const { a, ask, give, release, dropped } = doubted();
  release(a, '0.1', '0.2');
  assert.deepEqual([ask(a, 4), dropped], [['0.1', '0.2', '0.3'], []]);
  give(a, '0.1', '0.2', '0.3');
});

test('a doubted piece is begun anew by a peer that has nothing else to give, when its own gives nothing', () => {
  const { picker, a, b, ask, give, release, dropped } = doubted();
  release(a, '0.1');
  assert.deepEqual(ask(b), [], 'a still owes a block');
  release(a, '0.2');
  assert.deepEqual([ask(b, 5), dropped], [['0.0', '0.1', '0.2', '0.3'], [0]]);
  assert.equal(picker.wanting(a, blockOf('0.1')), undefined);
  release(a, '0.1'); // of before: it changes nothing
  assert.deepEqual(ask(a), []);
  give(b, '0.0', '0.1', '0.2', '0.3');
  assert.equal(picker.left, 0);
});

const speeds: { name: string; a: number; b: number; taken: boolean }[] = [
  { name: 'neither has given anything', a: 0, b: 0, taken: false },
  { name: 'the other is as fast', a: 1000, b: 1000, taken: false },
  { name: 'the other would need more than half the time', a: 1000, b: 2600, taken: false },
  { name: 'the other would need less than half the time', a: 1000, b: 2700, taken: true },
  { name: 'its own gives next to nothing', a: 1, b: 100_000, taken: true },
];

for (const { name, a: slow, b: fast, taken } of speeds)
  test(`a doubted piece is ${taken ? '' : 'not '}taken from its peer when ${name}`, () => {
    const { a, b, ask, dropped } = doubted(); // three of its four blocks are missing
    a.bytesPerSecond = slow;
    b.bytesPerSecond = fast;
    assert.deepEqual([ask(b), dropped], taken ? [['0.0'], [0]] : [[], []]);
  });

test('a doubted piece that is being written is not taken', () => {
  const { picker, a, b, ask } = doubted();
  ask(a);
  for (const name of ['0.1', '0.2', '0.3']) picker.wanting(a, blockOf(name))?.arrived(blockOf(name).begin, a);
  b.bytesPerSecond = 1e9;
  assert.deepEqual(ask(b), []);
});

test('a piece that was doubted, came, and is lost, may come from several', () => {
  const { picker, a, b, ask, give } = doubted();
  ask(a);
  give(a, '0.1', '0.2', '0.3');
  picker.lost(0);
  ask(a, 2);
  assert.deepEqual(ask(b), ['0.2']);
});

test('pieces that peers leave behind, and nobody has, do not use up the memory', () => {
  const { picker, dropped, join, ask, give, release } = setUp({ outstandingMax: 3 });
  for (const index of [0, 1, 2]) {
    const gone = join(`gone${index}`, [index]);
    ask(gone, 2);
    give(gone, `${index}.0`);
    picker.leave(gone);
    release(gone, `${index}.1`);
  }
  const a = join('a', [3]);
  assert.deepEqual([ask(a).map(pieceOf), dropped], [[3], [0]], 'the oldest makes room');
  const b = join('b', [1]);
  assert.deepEqual(ask(b), ['1.1'], 'the others are still there');
});

test('a piece that somebody is asked for is not dropped for another', () => {
  const { dropped, join, ask, give, release } = setUp({ outstandingMax: 1, blocks: 3 });
  const [a, b, c] = [join('a', [0]), join('b', [0]), join('c', [1])];
  ask(a, 2);
  ask(b);
  give(a, '0.0');
  release(a, '0.1');
  assert.deepEqual([ask(c), dropped], [[], []], 'b still owes a block of it');
  release(b, '0.2');
  assert.deepEqual([ask(c), dropped], [['1.0'], [0]]);
});

test('a piece that was here and is lost is asked for again', () => {
  const { picker, join, ask } = setUp({ have: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
  const a = join('a');
  assert.deepEqual([ask(a), picker.left], [[], 0]);
  picker.lost(4);
  assert.deepEqual([ask(a, 3), picker.left], [['4.0', '4.1'], 1]);
});

const strange: { name: string; block: Block }[] = [
  { name: 'of a piece that was not begun', block: { index: 5, begin: 0, length: blockBytes } },
  { name: 'of a piece that is here', block: { index: 9, begin: 0, length: blockBytes } },
  { name: 'of a piece that there is not', block: { index: 2 ** 32 - 1, begin: 0, length: blockBytes } },
  { name: 'that begins where none does', block: { index: 0, begin: 5, length: blockBytes } },
  { name: 'of another length', block: { index: 0, begin: 0, length: 5 } },
  { name: 'beyond the end', block: { index: 0, begin: 2 * blockBytes, length: blockBytes } },
];

for (const { name, block } of strange)
  test(`a block is not wanted ${name}`, () => {
    const { picker, join, ask } = setUp();
    const a = join('a', [0]);
    ask(a);
    assert.equal(picker.wanting(a, block), undefined);
  });

test('leaving and coming back count once', () => {
  const { picker, join } = setUp();
  const a = join('a', [0, 1]);
  picker.join(a);
  assert.equal(picker.copies(0), 1);
  picker.leave(a);
  picker.leave(a);
  assert.equal(picker.copies(0), 0);
  picker.join(a);
  assert.equal(picker.copies(1), 1);
});

test('what a peer gains while it is not counted, it has when it is again', () => {
  const { picker, join } = setUp();
  const a = join('a', [0]);
  picker.leave(a);
  a.pieces.add(1);
  picker.gained(a, 1);
  assert.equal(picker.copies(1), 0);
  picker.join(a);
  assert.deepEqual([picker.copies(0), picker.copies(1)], [1, 1]);
});
