import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { peer } from '../swarm.testing.ts';
import { Removals } from './removals.ts';

const [a, b] = ['a', 'b'].map((digit) => digit.repeat(40)) as [TorrentId, TorrentId];
const [p1, p2] = [peer('p1'), peer('p2')];

test('a removed file is remembered until the last peer is rid of it', () => {
  const removals = new Removals();
  removals.add(a, [p1, p2]);
  removals.cleared(a, p1);
  removals.cleared(a, p1);
  assert.ok(removals.has(a));
  removals.cleared(a, p2);
  assert.deepEqual([removals.has(a), removals.size], [false, 0]);
});

test('what a peer does not list, it does not have', () => {
  const removals = new Removals();
  removals.add(a, [p1]);
  removals.add(b, [p1, p2]);
  removals.listed(p1, new Set([a]));
  assert.deepEqual([...removals.ids()], [a, b]);
  removals.listed(p2, new Set());
  assert.deepEqual([...removals.ids()], [a]);
});

test('where nobody can have any of it, there is nothing to remember', () => {
  const removals = new Removals();
  removals.add(a, []);
  assert.equal(removals.has(a), false);
});

test('a file that comes again is no removed one', () => {
  const removals = new Removals();
  removals.add(a, [p1]);
  removals.delete(a);
  assert.equal(removals.has(a), false);
});
