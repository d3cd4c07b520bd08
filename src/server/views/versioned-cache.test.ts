import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryOf, peer, someBytes } from '../../storage/swarm.testing.ts';
import { entriesMax, FileViewCache } from './versioned-cache.ts';

const fourPieces = (name: string) => entryOf(name, someBytes(4000, name), 1024);

/** A cache, and how often something was made for it. */
function scene() {
  const cache = new FileViewCache<number>();
  let made = 0;
  const make = () => {
    made += 1;
    return made;
  };
  return { cache, make };
}

test('what is made of a file is made once, until something of that file changes', () => {
  const { cache, make } = scene();
  const [entry, other] = [fourPieces('a'), fourPieces('b')];
  const changes: readonly (() => void)[] = [
    () => entry.addPiece(peer('p1'), 1),
    () => entry.removePiece(peer('p1'), 1),
    () => entry.setHolding(peer('p1'), [0, 1], 'stored'),
    () => entry.setOnline(peer('p1'), false),
    () => entry.removeHolder(peer('p1')),
    () => entry.learn({ sha256: null }),
  ];
  for (const [index, change] of changes.entries()) {
    change();
    assert.equal(cache.get(entry, 'page', make), index + 1);
    other.addPiece(peer(`p${index}`), 0);
    assert.equal(cache.get(entry, 'page', make), index + 1, 'another file does not matter');
  }
});

test('each key of each file has a value of its own', () => {
  const { cache, make } = scene();
  const [entry, other] = [fourPieces('a'), fourPieces('b')];
  assert.deepEqual([cache.get(entry, 'x', make), cache.get(entry, 'y', make), cache.get(other, 'x', make)], [1, 2, 3]);
  assert.deepEqual([cache.get(entry, 'x', make), cache.get(entry, 'y', make), cache.get(other, 'x', make)], [1, 2, 3]);
});

test('a file that is removed and comes again is another one', () => {
  const { cache, make } = scene();
  cache.get(fourPieces('a'), 'x', make);
  assert.equal(cache.get(fourPieces('a'), 'x', make), 2);
});

test('only so many are kept', () => {
  const { cache, make } = scene();
  const entry = fourPieces('a');
  for (let key = 0; key < entriesMax; key += 1) cache.get(entry, `${key}`, make);
  assert.equal(cache.get(entry, '0', make), 1, 'at the limit all are there');
  cache.get(entry, 'one more', make);
  assert.equal(cache.get(entry, '0', make), entriesMax + 2, 'one past it they are made anew');
});
