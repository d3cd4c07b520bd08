import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRound, fuzz } from './tracker.ts';

test('queries and datagrams, good and bad: the tracker keeps its rules', () => fuzz(1, 10_000));

test('a failure says how to repeat it', () => {
  let rounds = 0;
  const check: typeof checkRound = (doors, random) => {
    checkRound(doors, random);
    rounds += 1;
    assert.ok(rounds < 5);
  };
  assert.throws(() => fuzz(2, 10, check), /^Error: seed 2, round 4/);
});
