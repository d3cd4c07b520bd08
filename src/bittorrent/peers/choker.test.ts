import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, chooseUnchoked } from './choker.ts';

const candidate = (peer: string, recentBytes: number, lastOptimistic = -1): Candidate<string> => ({
  peer,
  recentBytes,
  lastOptimistic,
});

test('nobody, when nobody is interested', () => {
  assert.deepEqual(
    chooseUnchoked([], 2, () => 0),
    { unchoked: new Set(), optimistic: undefined },
  );
});

test('all of them, when there are slots for all', () => {
  const { unchoked, optimistic } = chooseUnchoked([candidate('a', 0), candidate('b', 9)], 2, () => 0);
  assert.deepEqual([[...unchoked].sort(), optimistic], [['a', 'b'], undefined]);
});

test('those that take the most, and one by turn', () => {
  const many = [candidate('a', 1), candidate('b', 9), candidate('c', 5), candidate('d', 0)];
  const { unchoked, optimistic } = chooseUnchoked(many, 2, () => 0.99);
  assert.deepEqual([[...unchoked].sort(), optimistic], [['b', 'c', 'd'], 'd']);
});

test('the turn goes to who has waited longest', () => {
  const many = [candidate('a', 9), candidate('b', 3, 7), candidate('c', 2, 5), candidate('d', 1, 6)];
  assert.equal(chooseUnchoked(many, 1, () => 0).optimistic, 'c');
});

test('over the rounds everybody has had a turn', () => {
  const last = new Map<string, number>(['a', 'b', 'c', 'd', 'e'].map((peer) => [peer, -1]));
  const seen: (string | undefined)[] = [];
  for (let round = 0; round < 4; round += 1) {
    const all = [...last].map(([peer, turn]) => candidate(peer, peer === 'a' ? 9 : 0, turn));
    const { optimistic } = chooseUnchoked(all, 1, () => 0.5);
    seen.push(optimistic);
    if (optimistic !== undefined) last.set(optimistic, round);
  }
  assert.deepEqual(seen.sort(), ['b', 'c', 'd', 'e']);
});
