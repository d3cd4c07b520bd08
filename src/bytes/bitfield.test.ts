import assert from 'node:assert/strict';
import test from 'node:test';
import { Bitfield } from './bitfield.ts';
import { pieceRanges } from './pieces.ts';

function bitfieldOf(size: number, indices: Iterable<number>): Bitfield {
  const bitfield = new Bitfield(size);
  for (const index of indices) bitfield.add(index);
  return bitfield;
}

const upTo = (end: number): number[] => [...Array(end).keys()];

const cases: readonly { name: string; size: number; indices: readonly number[]; ranges: string }[] = [
  { name: 'of size 0', size: 0, indices: [], ranges: '' },
  { name: 'empty', size: 20, indices: [], ranges: '' },
  { name: 'one', size: 1, indices: [0], ranges: '0-0' },
  { name: 'full, of whole bytes', size: 16, indices: upTo(16), ranges: '0-15' },
  { name: 'full, ending within a byte', size: 19, indices: upTo(19), ranges: '0-18' },
  { name: 'the last one', size: 19, indices: [18], ranges: '18-18' },
  {
    name: 'holes at the borders of bytes',
    size: 24,
    indices: [0, 7, 8, 15, 17, 23],
    ranges: '0-0 7-8 15-15 17-17 23-23',
  },
  { name: 'whole bytes in between', size: 40, indices: upTo(40).filter((n) => n > 6 && n < 33), ranges: '7-32' },
];

for (const { name, size, indices, ranges } of cases) {
  test(`bitfield ${name}: ranges`, () => {
    const found = [...bitfieldOf(size, indices).ranges()].map(({ first, last }) => `${first}-${last}`);
    assert.equal(found.join(' '), ranges);
    assert.deepEqual([...bitfieldOf(size, indices).ranges()], pieceRanges(indices));
  });

  test(`bitfield ${name}: counts within any bounds`, () => {
    const bitfield = bitfieldOf(size, indices);
    for (let first = 0; first <= size; first += 1) {
      for (let end = first; end <= size; end += 1) {
        const expected = indices.filter((index) => index >= first && index < end).length;
        assert.equal(bitfield.countWithin(first, end), expected, `${first} to ${end}`);
      }
    }
  });
}

test('a bitfield counts what is put in and taken out', () => {
  const bitfield = bitfieldOf(10, [3]);
  assert.equal(bitfield.add(3), false);
  assert.equal(bitfield.add(9), true);
  assert.equal(bitfield.remove(3), true);
  assert.equal(bitfield.remove(3), false);
  assert.deepEqual({ count: bitfield.count, all: [...bitfield] }, { count: 1, all: [9] });
  assert.throws(() => bitfield.add(10), RangeError);
});

test('bitfields are equal when the same indices are in them', () => {
  assert.ok(bitfieldOf(20, [1, 12]).equals(bitfieldOf(20, [12, 1])));
  assert.ok(!bitfieldOf(20, [1, 12]).equals(bitfieldOf(20, [1, 13])));
  assert.ok(!bitfieldOf(20, [1]).equals(bitfieldOf(20, [1, 12])));
});
