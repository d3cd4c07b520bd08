import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peer } from '../swarm.testing.ts';
import { DownPeers, nobodyDown } from './down-peers.ts';

function scene(delayMs = 30_000) {
  const clock = { ms: 1_000_000 };
  return { clock, downPeers: new DownPeers(delayMs, { now: () => clock.ms }) };
}

test('a peer that left is down until the delay has passed, and missed once', () => {
  const { downPeers, clock } = scene();
  downPeers.left(peer('p1'));
  clock.ms += 29_999;
  assert.deepEqual([downPeers.tick(), downPeers.down], [[], { peers: new Set(['p1']), unheard: false }]);
  clock.ms += 1;
  assert.deepEqual([downPeers.tick(), downPeers.down], [['p1'], nobodyDown]);
  clock.ms += 60_000;
  assert.deepEqual(downPeers.tick(), []);
});

test('one that returns in time is not missed; when it leaves again, its time begins anew', () => {
  const { downPeers, clock } = scene();
  downPeers.left(peer('p1'));
  clock.ms += 20_000;
  downPeers.returned(peer('p1'));
  assert.deepEqual(downPeers.down, nobodyDown);
  downPeers.left(peer('p1'));
  clock.ms += 20_000;
  assert.deepEqual(downPeers.tick(), []);
  clock.ms += 10_000;
  assert.deepEqual(downPeers.tick(), ['p1']);
});

test('what one has that was never heard is not known, until it comes or is missed', () => {
  const { downPeers, clock } = scene();
  downPeers.expected(peer('p1'));
  downPeers.expected(peer('p2'));
  downPeers.left(peer('p3'));
  assert.equal(downPeers.down.unheard, true);
  downPeers.returned(peer('p1'));
  assert.equal(downPeers.down.unheard, true);
  downPeers.returned(peer('p2'));
  assert.deepEqual(downPeers.down, { peers: new Set(['p3']), unheard: false });
  downPeers.expected(peer('p4'));
  clock.ms += 30_000;
  assert.deepEqual(downPeers.tick(), ['p3', 'p4']);
  assert.deepEqual(downPeers.down, nobodyDown);
});

test('without a delay a peer is missed with the next look', () => {
  const { downPeers } = scene(0);
  downPeers.left(peer('p1'));
  assert.deepEqual(downPeers.tick(), ['p1']);
});
