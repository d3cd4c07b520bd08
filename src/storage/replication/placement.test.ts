import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempHolderId } from '../holders/holder.ts';
import { entryOf, peer, someBytes } from '../swarm.testing.ts';
import { placedSafely, planPlacement, type Target } from './placement.ts';

/** With somebody who has everything to copy from. */
const tenPieces = () => {
  const entry = entryOf('a', someBytes(10 * 1024), 1024);
  entry.setHolding(tempHolderId, Array(entry.pieces).keys(), 'stored');
  return entry;
};
const targets = (...free: number[]): Target[] =>
  free.map((freeBytes, index) => ({ id: peer(`p${index + 1}`), freeBytes }));
const plenty = 1e9;

test('each piece gets as many peers as replicas, all different', () => {
  for (const { targets: chosen } of planPlacement(tenPieces(), targets(plenty, plenty, plenty), { replicas: 2 })) {
    assert.equal(new Set(chosen).size, 2);
  }
});

test('pieces are spread evenly over peers with equal space', () => {
  const counts = new Map<string, number>();
  for (const plan of planPlacement(tenPieces(), targets(plenty, plenty, plenty, plenty, plenty), { replicas: 2 })) {
    for (const id of plan.targets) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  assert.deepEqual([...counts.values()], [4, 4, 4, 4, 4]);
});

test('the peer with more space gets more', () => {
  const counts = { p1: 0, p2: 0 } as Record<string, number>;
  for (const plan of planPlacement(tenPieces(), targets(20 * 1024, 14 * 1024), { replicas: 1 })) {
    for (const id of plan.targets) counts[id] = (counts[id] ?? 0) + 1;
  }
  assert.deepEqual(counts, { p1: 6, p2: 4 });
});

test('a little more space is no reason to get everything', () => {
  const counts = [0, 0, 0];
  for (const { targets: chosen } of planPlacement(tenPieces(), targets(plenty + 1e6, plenty, plenty - 1e6), {
    replicas: 2,
  })) {
    for (const [index] of counts.entries())
      if (chosen.includes(peer(`p${index + 1}`))) counts[index] = (counts[index] ?? 0) + 1;
  }
  assert.deepEqual(counts.sort(), [6, 7, 7]);
});

test('files of one piece are spread over all peers, too', () => {
  const counts = new Map<string, number>();
  for (let index = 0; index < 300; index += 1) {
    const entry = entryOf(`f${index}`, someBytes(100, `${index}`), 1024);
    entry.setHolding(tempHolderId, [0], 'stored');
    const [plan] = planPlacement(entry, targets(plenty, plenty, plenty), { replicas: 1 });
    for (const id of plan?.targets ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  assert.equal(counts.size, 3);
  for (const [id, count] of counts) assert.ok(count > 70 && count < 130, `${id}: ${count}`);
});

test('a peer whose own copy is bad comes first, whatever the others have room for', () => {
  const entry = tenPieces();
  entry.setHolding(peer('p1'), [...Array(10).keys()], 'stored');
  entry.setHolding(peer('p3'), [...Array(10).keys()], 'stored');
  entry.losePiece(peer('p3'), 4, 'corrupt');
  const plans = planPlacement(entry, targets(plenty, plenty, 2000), { replicas: 2 });
  assert.deepEqual(plans, [{ pieceIndex: 4, targets: [peer('p3')] }]);
});

test('copies of peers that are waited for count, where it is asked for', () => {
  const entry = tenPieces();
  for (const id of ['p1', 'p2']) entry.setHolding(peer(id), [...Array(10).keys()], 'stored');
  entry.setOnline(peer('p1'), false);
  const down = { peers: new Set([peer('p1')]), unheard: false };
  const others = targets(plenty, plenty, plenty).slice(1);
  assert.deepEqual(planPlacement(entry, others, { replicas: 2, down }), []);
  assert.equal(planPlacement(entry, others, { replicas: 2 }).length, 10);
  assert.equal(placedSafely(entry, others, 2), false);
});

test('while one has not been heard of, only as many copies are lacking as are known to be bad', () => {
  const entry = tenPieces();
  entry.setHolding(peer('p1'), [...Array(10).keys()], 'stored');
  entry.losePiece(peer('p1'), 3, 'corrupt');
  const down = { peers: new Set([peer('p9')]), unheard: true };
  assert.deepEqual(planPlacement(entry, targets(plenty, plenty), { replicas: 2, down }), [
    { pieceIndex: 3, targets: [peer('p1')] },
  ]);
});

test('a plan has no more pieces than are wanted, and none that cannot be read', () => {
  const plans = planPlacement(tenPieces(), targets(plenty), { replicas: 1, piecesMax: 2, unreadable: new Set([0, 2]) });
  assert.deepEqual(
    plans.map(({ pieceIndex }) => pieceIndex),
    [1, 3],
  );
});

test('fewer peers than replicas: as many copies as there are peers', () => {
  const plans = planPlacement(tenPieces(), targets(plenty), { replicas: 3 });
  assert.deepEqual(
    plans.map((plan) => plan.targets),
    Array(10).fill([peer('p1')]),
  );
});

test('no peers: no plan', () => assert.deepEqual(planPlacement(tenPieces(), [], { replicas: 2 }), []));

test('a peer that has no room for a piece does not get it', () => {
  const plans = planPlacement(tenPieces(), targets(3 * 1024, 1023), { replicas: 1 });
  assert.deepEqual(
    plans.map(({ pieceIndex }) => pieceIndex),
    [0, 1, 2],
  );
});

test('only what is lacking is planned, and never to one that has the piece', () => {
  const entry = tenPieces();
  entry.setHolding(peer('p1'), [0, 1, 2, 3, 4, 5, 6, 7, 8], 'stored');
  entry.setHolding(peer('p2'), [0], 'stored');
  const plans = planPlacement(entry, targets(plenty, plenty), { replicas: 2 });
  assert.deepEqual(plans.slice(0, 2), [
    { pieceIndex: 1, targets: [peer('p2')] },
    { pieceIndex: 2, targets: [peer('p2')] },
  ]);
  assert.deepEqual(plans.at(-1), { pieceIndex: 9, targets: [peer('p1'), peer('p2')] });
});

test('copies that are lent, offline or in the temp store are not safe ones', () => {
  const entry = tenPieces();
  const all = [...Array(10).keys()];
  entry.setHolding(peer('temp'), all, 'stored');
  entry.setHolding(peer('p1'), all, 'lent');
  assert.equal(placedSafely(entry, targets(plenty), 1), false);
  assert.deepEqual(planPlacement(entry, targets(plenty, plenty), { replicas: 1 })[0], {
    pieceIndex: 0,
    targets: [peer('p2')],
  });
  entry.setHolding(peer('p2'), all, 'stored');
  assert.equal(placedSafely(entry, targets(plenty, plenty), 1), true);
  entry.setOnline(peer('p2'), false);
  assert.equal(placedSafely(entry, targets(plenty, plenty), 1), false);
});

test('a piece that nobody has online is not planned for', () => {
  const entry = tenPieces();
  entry.setHolding(tempHolderId, [0, 1], 'stored');
  assert.deepEqual(
    planPlacement(entry, targets(plenty), { replicas: 1 }).map(({ pieceIndex }) => pieceIndex),
    [0, 1],
  );
});

test('a peer that is full still counts for what it has', () => {
  const entry = tenPieces();
  entry.setHolding(peer('p1'), [...Array(10).keys()], 'stored');
  assert.equal(placedSafely(entry, [], 1), true);
  assert.deepEqual(planPlacement(entry, targets(0), { replicas: 1 }), []);
});

test('one more peer with room, and more copies wanted: not placed yet', () => {
  const entry = tenPieces();
  entry.setHolding(peer('p1'), [...Array(10).keys()], 'stored');
  assert.equal(placedSafely(entry, targets(plenty), 2), true);
  assert.equal(placedSafely(entry, targets(plenty, plenty), 2), false);
});

test('without any peer nothing is placed safely', () => assert.equal(placedSafely(tenPieces(), [], 2), false));
