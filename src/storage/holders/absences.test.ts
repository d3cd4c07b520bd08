import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peer } from '../swarm.testing.ts';
import { Absences, nobodyReturning } from './absences.ts';

function scene(delayMs = 30_000) {
  const clock = { ms: 1_000_000 };
  return { clock, absences: new Absences(delayMs, () => clock.ms) };
}

test('a peer that left is returning until the delay has passed, and missed once', () => {
  const { absences, clock } = scene();
  absences.left(peer('p1'));
  clock.ms += 29_999;
  assert.deepEqual([absences.tick(), absences.returning], [[], { peers: new Set(['p1']), unheard: false }]);
  clock.ms += 1;
  assert.deepEqual([absences.tick(), absences.returning], [['p1'], nobodyReturning]);
  clock.ms += 60_000;
  assert.deepEqual(absences.tick(), []);
});

test('one that returns in time is not missed; when it leaves again, its time begins anew', () => {
  const { absences, clock } = scene();
  absences.left(peer('p1'));
  clock.ms += 20_000;
  absences.returned(peer('p1'));
  assert.deepEqual(absences.returning, nobodyReturning);
  absences.left(peer('p1'));
  clock.ms += 20_000;
  assert.deepEqual(absences.tick(), []);
  clock.ms += 10_000;
  assert.deepEqual(absences.tick(), ['p1']);
});

test('what one has that was never heard is not known, until it comes or is missed', () => {
  const { absences, clock } = scene();
  absences.expected(peer('p1'));
  absences.expected(peer('p2'));
  absences.left(peer('p3'));
  assert.equal(absences.returning.unheard, true);
  absences.returned(peer('p1'));
  assert.equal(absences.returning.unheard, true);
  absences.returned(peer('p2'));
  assert.deepEqual(absences.returning, { peers: new Set(['p3']), unheard: false });
  absences.expected(peer('p4'));
  clock.ms += 30_000;
  assert.deepEqual(absences.tick(), ['p3', 'p4']);
  assert.deepEqual(absences.returning, nobodyReturning);
});

test('without a delay a peer is missed with the next look', () => {
  const { absences } = scene(0);
  absences.left(peer('p1'));
  assert.deepEqual(absences.tick(), ['p1']);
});
