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

interface Step {
  readonly does: 'add' | 'remove' | 'shift' | 'clear';
  readonly block?: Block;
  readonly returns: unknown;
}

const stories: { name: string; steps: readonly Step[]; left: readonly Block[] }[] = [
  { name: 'nothing is in an empty queue', steps: [{ does: 'shift', returns: undefined }], left: [] },
  {
    name: 'the oldest comes first, also after the queue was empty',
    steps: [
      { does: 'add', block: blockAt(1), returns: true },
      { does: 'shift', returns: blockAt(1) },
      { does: 'shift', returns: undefined },
      { does: 'add', block: blockAt(2), returns: true },
      { does: 'add', block: blockAt(3), returns: true },
      { does: 'shift', returns: blockAt(2) },
    ],
    left: [blockAt(3)],
  },
  {
    name: 'a block that was taken out and comes again is the youngest',
    steps: [
      { does: 'add', block: blockAt(1), returns: true },
      { does: 'add', block: blockAt(2), returns: true },
      { does: 'remove', block: blockAt(1), returns: true },
      { does: 'add', block: blockAt(1), returns: true },
      { does: 'shift', returns: blockAt(2) },
    ],
    left: [blockAt(1)],
  },
  {
    name: 'blocks of different lengths at one place are different',
    steps: [
      { does: 'add', block: blockAt(1, 0, 100), returns: true },
      { does: 'add', block: blockAt(1, 0, 16_384), returns: true },
      { does: 'add', block: blockAt(1, 0, 100), returns: false },
      { does: 'remove', block: blockAt(1, 0, 101), returns: false },
      { does: 'shift', returns: blockAt(1, 0, 100) },
    ],
    left: [blockAt(1, 0, 16_384)],
  },
  {
    name: 'after all were taken out the queue goes on',
    steps: [
      { does: 'add', block: blockAt(1), returns: true },
      { does: 'add', block: blockAt(2), returns: true },
      { does: 'shift', returns: blockAt(1) },
      { does: 'clear', returns: [blockAt(2)] },
      { does: 'add', block: blockAt(3), returns: true },
      { does: 'shift', returns: blockAt(3) },
    ],
    left: [],
  },
];

for (const { name, steps, left } of stories)
  test(`a queue of blocks: ${name}`, () => {
    const queue = new BlockQueue();
    for (const { does, block = blockAt(0), returns } of steps) assert.deepEqual(queue[does](block), returns, does);
    assert.deepEqual([[...queue], queue.size, left.every((block) => queue.has(block))], [left, left.length, true]);
  });

test('a queue of blocks does what an array would, whatever comes', () => {
  const queue = new BlockQueue();
  const model: Block[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    const block = blockAt((step * 7) % 11, ((step * 5) % 3) * 16_384, step % 4 === 0 ? 100 : 16_384);
    const place = model.findIndex((other) => other.index === block.index && other.begin === block.begin);
    const known = place >= 0 && model[place]?.length === block.length;
    if ((step * 13) % 5 < 2) assert.deepEqual(queue.shift(), model.shift());
    else if ((step * 17) % 7 === 0) assert.equal(queue.remove(block), known && model.splice(place, 1).length === 1);
    else if (place < 0 || known) assert.equal(queue.add(block), !known && model.push(block) > 0);
    assert.equal(queue.size, model.length);
  }
  assert.deepEqual([...queue], model);
});
