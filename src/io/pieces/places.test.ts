import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Places } from './places.ts';

test('pieces lie where they want to, in whatever order they come', () => {
  const places = new Places();
  for (const offset of [3000, 0, 2000, 1000]) assert.equal(places.take(offset, 1000), offset);
});

const taken = { begin: 10_000, end: 11_000 };
const conflicts = [
  { name: 'the same place', offset: 10_000, size: 1000 },
  { name: 'over the beginning', offset: 9_999, size: 2 },
  { name: 'over the end', offset: 10_999, size: 2 },
  { name: 'inside', offset: 10_500, size: 1 },
  { name: 'around', offset: 9_000, size: 3000 },
];
for (const { name, offset, size } of conflicts) {
  test(`a taken place is not given twice: ${name}`, () => {
    const places = new Places();
    places.take(taken.begin, taken.end - taken.begin);
    assert.equal(places.takeAt(offset, size), false);
    assert.equal(places.take(offset, size), 12_288, 'the next page behind everything');
  });
}

test('an offset that no index line could name is no place', () => {
  const places = new Places();
  assert.equal(places.take(1e15 - 2, 1), 1e15 - 2);
  assert.equal(new Places().take(1e15 - 1, 1), 0);
});

test('neighbours are no conflict, and a released place is free again', () => {
  const places = new Places();
  places.take(taken.begin, taken.end - taken.begin);
  assert.ok(places.takeAt(taken.begin - 1, 1));
  assert.ok(places.takeAt(taken.end, 1));
  places.release(taken.begin);
  assert.ok(places.takeAt(taken.begin, taken.end - taken.begin));
});

test('releasing what is not taken is a mistake of ours', () => {
  assert.throws(() => new Places().release(0));
});
