import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireLimits } from '../../../protocols/wire/types.ts';
import { someBytes } from '../../../storage/swarm.testing.ts';
import { Blame } from './blame.ts';

const { blockBytes } = wireLimits;
/** Four blocks, the last one short. */
const right = someBytes(3 * blockBytes + 100);

/** The piece with wrong bytes in those blocks: one byte in each. */
function wrongIn(...blocks: number[]): Buffer {
  const bytes = Buffer.from(right);
  for (const block of blocks) bytes[block * blockBytes + 7] = (bytes[block * blockBytes + 7] as number) ^ 1;
  return bytes;
}

test('a piece from one peer alone convicts it', () => {
  assert.equal(new Blame<string>().wrong(3, wrongIn(0), ['liar', 'liar', 'liar', 'liar']), 'liar');
});

const mixed: { name: string; givers: string[]; wrong: number[]; liars: string[] }[] = [
  { name: 'an honest and a lying peer', givers: ['a', 'liar', 'a', 'a'], wrong: [1], liars: ['liar'] },
  { name: 'a peer that lied in one block of two', givers: ['a', 'liar', 'liar', 'a'], wrong: [2], liars: ['liar'] },
  { name: 'a lie in the short last block', givers: ['a', 'a', 'a', 'liar'], wrong: [3], liars: ['liar'] },
  { name: 'two liars', givers: ['liar', 'a', 'other', 'b'], wrong: [0, 2], liars: ['liar', 'other'] },
  { name: 'nobody honest', givers: ['liar', 'other', 'liar', 'other'], wrong: [0, 1, 2, 3], liars: ['liar', 'other'] },
];

for (const { name, givers, wrong, liars } of mixed)
  test(`a piece from several: ${name}`, () => {
    const suspicion = new Blame<string>();
    assert.equal(suspicion.wrong(3, wrongIn(...wrong), givers), undefined, 'nobody is condemned yet');
    assert.deepEqual(suspicion.right(3, right), new Set(liars));
    assert.deepEqual(suspicion.right(3, right), new Set(), 'told once');
  });

test('a piece that was right from the start condemns nobody', () => {
  assert.deepEqual(new Blame<string>().right(3, right), new Set());
});

test('pieces do not get in each other’s way', () => {
  const suspicion = new Blame<string>();
  suspicion.wrong(0, wrongIn(0), ['x', 'a', 'a', 'a']);
  suspicion.wrong(1, wrongIn(1), ['a', 'y', 'a', 'a']);
  assert.deepEqual(suspicion.right(1, right), new Set(['y']));
  assert.deepEqual(suspicion.right(0, right), new Set(['x']));
});

test('one that lied in company, and then alone, is convicted at once; the others are still found out later', () => {
  const suspicion = new Blame<string>();
  suspicion.wrong(0, wrongIn(0, 1), ['x', 'y', 'a', 'a']);
  assert.equal(suspicion.wrong(0, wrongIn(2), ['x', 'x', 'x', 'x']), 'x');
  assert.deepEqual(suspicion.right(0, right), new Set(['x', 'y']));
});

test('the bytes may be used again: what was given is remembered by its digest', () => {
  const suspicion = new Blame<string>();
  const bytes = wrongIn(1);
  suspicion.wrong(0, bytes, ['a', 'liar', 'a', 'a']);
  bytes.fill(0);
  assert.deepEqual(suspicion.right(0, right), new Set(['liar']));
});
