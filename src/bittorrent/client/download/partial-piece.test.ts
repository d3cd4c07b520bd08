import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireLimits } from '../../../protocols/wire/types.ts';
import { PartialPiece } from './partial-piece.ts';

const { blockBytes } = wireLimits;
/** Four blocks, the last one short. */
const size = 3 * blockBytes + 100;
const piece = (only?: string): PartialPiece<string> => new PartialPiece(7, size, only);

/** The numbers of the blocks that `peer` is asked for now. */
function askAll(of: PartialPiece<string>, peer: string): number[] {
  const numbers: number[] = [];
  for (let block = of.askNext(peer); block !== undefined; block = of.askNext(peer))
    numbers.push(block.begin / blockBytes);
  return numbers;
}

const sizes: { size: number; blocks: number; last: number }[] = [
  { size: 1, blocks: 1, last: 1 },
  { size: blockBytes - 1, blocks: 1, last: blockBytes - 1 },
  { size: blockBytes, blocks: 1, last: blockBytes },
  { size: blockBytes + 1, blocks: 2, last: 1 },
  { size: 16 * 1024 * 1024, blocks: 1024, last: blockBytes },
];

for (const { size, blocks, last } of sizes)
  test(`a piece of ${size} bytes has ${blocks} blocks`, () => {
    const one = new PartialPiece<string>(7, size);
    assert.equal(one.blocks, blocks);
    assert.deepEqual(one.block(blocks - 1), { index: 7, begin: (blocks - 1) * blockBytes, length: last });
    assert.equal(askAll(one, 'a').length, blocks);
  });

test('blocks are asked for in order, and each of one peer', () => {
  const one = piece();
  assert.equal(one.askNext('a')?.begin, 0);
  assert.equal(one.askNext('b')?.begin, blockBytes);
  assert.deepEqual(askAll(one, 'a'), [2, 3]);
  assert.deepEqual([one.askNext('c'), one.hasFree, one.complete], [undefined, false, false]);
});

test('a piece from the first request to the last block', () => {
  const one = piece();
  assert.deepEqual([one.untouched, one.idle, one.missingBytes], [true, true, 4 * blockBytes]);
  askAll(one, 'a');
  assert.deepEqual([one.untouched, one.idle], [false, false]);
  for (const number of [2, 0, 1]) assert.deepEqual(one.arrived(number * blockBytes, 'a'), []);
  assert.deepEqual([one.complete, one.idle, one.missingBytes], [false, false, blockBytes]);
  one.arrived(3 * blockBytes, 'a');
  assert.deepEqual([one.complete, one.idle, one.untouched, one.missingBytes], [true, true, false, 0]);
  assert.deepEqual(one.givers, ['a', 'a', 'a', 'a']);
});

test('who gave which block is known, whoever was asked', () => {
  const one = piece();
  askAll(one, 'a');
  for (const [number, giver] of ['a', 'b', 'a', 'c'].entries()) one.arrived(number * blockBytes, giver);
  assert.deepEqual(one.givers, ['a', 'b', 'a', 'c']);
});

test('what one does not give may be asked of others, the first of it first', () => {
  const one = piece();
  askAll(one, 'a');
  one.arrived(0, 'a');
  for (const number of [3, 1]) one.release(number * blockBytes, 'a');
  assert.deepEqual([one.hasFree, askAll(one, 'b')], [true, [1, 3]]);
  assert.deepEqual(
    one.requests().map(({ peer, block }) => [peer, block.begin / blockBytes]),
    [
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ],
  );
});

test('given up by all before anything came, it is untouched', () => {
  const one = piece();
  askAll(one, 'a');
  for (const number of [0, 1, 2]) one.release(number * blockBytes, 'a');
  assert.equal(one.untouched, false);
  one.release(3 * blockBytes, 'a');
  assert.equal(one.untouched, true);
});

test('a release changes nothing for a block that is here, or was asked of others only', () => {
  const one = piece();
  askAll(one, 'a');
  one.arrived(0, 'a');
  one.release(0, 'a');
  one.release(blockBytes, 'b');
  assert.deepEqual([one.hasFree, one.requests().length], [false, 3]);
});

test('at the end the same is asked of several, the last first, and of nobody twice', () => {
  const one = piece();
  askAll(one, 'a');
  const asked = [1, 2, 3, 4, 5].map(() => (one.askAgain('b', 2)?.begin ?? -blockBytes) / blockBytes);
  assert.deepEqual(asked, [3, 2, 1, 0, -1]);
  assert.equal(one.askAgain('c', 2), undefined, 'two are enough');
  assert.equal(one.askAgain('c', 3)?.begin, 3 * blockBytes);
  assert.deepEqual(one.arrived(3 * blockBytes, 'b'), ['a', 'c'], 'the others need not give it any more');
  assert.equal(one.askAgain('d', 3)?.begin, 2 * blockBytes, 'what is here is not asked for');
});

test('it may be asked again only of what certain peers owe', () => {
  const one = piece();
  one.askNext('a');
  one.askNext('b');
  assert.equal(one.askAgain('c', 3, (asker) => asker === 'a')?.begin, 3 * blockBytes, 'or nobody');
  assert.equal(one.askAgain('d', 3, (asker) => asker === 'a')?.begin, 2 * blockBytes);
  assert.equal(one.askAgain('e', 3, (asker) => asker === 'a')?.begin, 0);
  assert.equal(
    one.askAgain('f', 3, (asker) => asker === 'a'),
    undefined,
  );
});

test('a block that was asked of two is free only when neither gives it', () => {
  const one = piece();
  askAll(one, 'a');
  one.askAgain('b', 2);
  one.release(3 * blockBytes, 'a');
  assert.equal(one.hasFree, false);
  one.release(3 * blockBytes, 'b');
  assert.equal(one.hasFree, true);
});

test('a piece that must come from one peer is open to that only', () => {
  assert.deepEqual([piece('a').isOpenTo('a'), piece('a').isOpenTo('b'), piece().isOpenTo('b')], [true, false, true]);
});

const blocks: { name: string; begin: number; length: number; missing: boolean }[] = [
  { name: 'one that is missing', begin: blockBytes, length: blockBytes, missing: true },
  { name: 'the short last one', begin: 3 * blockBytes, length: 100, missing: true },
  { name: 'one that is here', begin: 0, length: blockBytes, missing: false },
  { name: 'a wrong beginning', begin: 1, length: blockBytes, missing: false },
  { name: 'a wrong length', begin: blockBytes, length: 100, missing: false },
  { name: 'the last one, too long', begin: 3 * blockBytes, length: blockBytes, missing: false },
  { name: 'an empty one', begin: blockBytes, length: 0, missing: false },
  { name: 'one beyond the end', begin: 4 * blockBytes, length: blockBytes, missing: false },
  { name: 'one far beyond the end', begin: 2 ** 31, length: blockBytes, missing: false },
];

for (const { name, begin, length, missing } of blocks)
  test(`whether a block is missing: ${name}`, () => {
    const one = piece();
    askAll(one, 'a');
    one.arrived(0, 'a');
    assert.equal(one.isMissing(begin, length), missing);
  });
