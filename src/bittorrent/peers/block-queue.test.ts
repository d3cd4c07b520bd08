import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../protocols/wire/types.ts';
import { BlockQueue } from './block-queue.ts';

const blockAt = (index: number, begin = 0, length = 16_384): Block => ({ index, begin, length });

function owing(...blocks: Block[]): BlockQueue {
  const owed = new BlockQueue();
  for (const block of blocks) owed.add(block);
  return owed;
}

test('what is asked for is owed until it is answered, the oldest first', () => {
  const owed = owing(blockAt(2), blockAt(1), blockAt(0));
  assert.deepEqual([...owed], [blockAt(2), blockAt(1), blockAt(0)]);
  assert.deepEqual([owed.remove(blockAt(1)), owed.remove(blockAt(1)), owed.size], [true, false, 2]);
});

test('nothing is owed twice', () => {
  const owed = owing(blockAt(3));
  assert.deepEqual([owed.add(blockAt(3)), owed.size], [false, 1]);
});

test('all of it is forgotten at once', () => {
  const owed = owing(blockAt(1), blockAt(2));
  assert.deepEqual([owed.clear(), owed.size, owed.clear()], [[blockAt(1), blockAt(2)], 0, []]);
});

test('what is overdue, of blocks that were asked for at different times', () => {
  const owed = owing(blockAt(0));
  owed.tick(1000);
  owed.add(blockAt(1));
  owed.add(blockAt(0)); // it is not thereby any younger
  owed.tick(999);
  assert.deepEqual(owed.overdue(2000), []);
  owed.tick(1);
  assert.deepEqual(owed.overdue(2000), [blockAt(0)]);
  owed.remove(blockAt(0));
  owed.add(blockAt(0));
  owed.tick(1000);
  assert.deepEqual(owed.overdue(2000), [blockAt(1)]);
});

const strange: { name: string; block: Block }[] = [
  { name: 'another piece', block: blockAt(2) },
  { name: 'another begin', block: blockAt(1, 16_384) },
  { name: 'another length', block: blockAt(1, 0, 100) },
  { name: 'a begin beyond the largest piece, which amounts to the next one', block: blockAt(0, 2 ** 24) },
  { name: 'the largest numbers', block: blockAt(2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1) },
];

for (const { name, block } of strange)
  test(`what is not owed cannot be answered: ${name}`, () => {
    const owed = owing(blockAt(1));
    assert.deepEqual([owed.remove(block), owed.size], [false, 1]);
  });

test('the largest pieces and the most of them do not get in each other’s way', () => {
  const ends = [0, 2 ** 19 - 1].flatMap((index) => [blockAt(index), blockAt(index, 2 ** 24 - 16_384)]);
  const owed = owing(...ends);
  assert.deepEqual([...owed], ends);
});
