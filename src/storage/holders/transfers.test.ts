import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transfers } from './transfers.ts';

const description = { kind: 'download', file: null, name: 'a', peer: '127.0.0.1', length: 10_000 } as const;

function scene() {
  const clock = { ms: 5_000_000 };
  const transfers = new Transfers(() => clock.ms);
  const ids = (): number[] => Array.from(transfers.all(), ({ id }) => id);
  return { clock, transfers, ids };
}

test('what began is under way until it ends, in that order, under a number of its own', () => {
  const { transfers, ids } = scene();
  const [first, second] = [transfers.begin(description), transfers.begin(description)];
  assert.deepEqual(ids(), [1, 2]);
  first.end();
  first.end();
  transfers.begin(description);
  assert.deepEqual(ids(), [2, 3]);
  second.end();
  assert.deepEqual(ids(), [3]);
});

test('a transfer says what it is, since when, and how far it has come', () => {
  const { clock, transfers } = scene();
  const transfer = transfers.begin(description);
  clock.ms += 1;
  transfer.add(3000);
  transfer.add(4000);
  const { kind, file, name, peer, length, bytes, startedMs } = transfer;
  assert.deepEqual({ kind, file, name, peer, length }, description);
  assert.deepEqual([bytes, startedMs], [7000, 5_000_000]);
  assert.equal(transfers.begin({ ...description, startedMs: 7 }).startedMs, 7);
});

test('a first look has the average since the start, also long after', () => {
  const { clock, transfers } = scene();
  const transfer = transfers.begin(description);
  assert.equal(transfer.measureSpeed(), 0, 'no time has passed');
  transfer.add(60_000);
  clock.ms += 100;
  assert.equal(transfer.measureSpeed(), 600_000);
  clock.ms += 100;
  assert.equal(transfer.measureSpeed(), 300_000, 'as of now: so young, it takes no samples');
  clock.ms += 59_800;
  assert.equal(transfer.measureSpeed(), 1000);
});

test('who goes on looking sees the last seconds, not what was before', () => {
  const { clock, transfers } = scene();
  const transfer = transfers.begin(description);
  transfer.add(1_000_000);
  for (let looks = 0; looks <= 20; looks += 1) {
    clock.ms += 250;
    transfer.add(500);
    transfer.measureSpeed();
  }
  assert.equal(transfer.measureSpeed(), 2000);
  for (let looks = 0; looks <= 20; looks += 1) {
    clock.ms += 250;
    transfer.measureSpeed();
  }
  assert.equal(transfer.measureSpeed(), 0, 'it stands still');
});

test('however many look, a sample is taken every quarter of a second', () => {
  const { clock, transfers } = scene();
  const transfer = transfers.begin(description);
  clock.ms += 1000;
  transfer.add(1000);
  assert.equal(transfer.measureSpeed(), 1000);
  clock.ms += 249;
  transfer.add(1_000_000);
  assert.equal(transfer.measureSpeed(), 1000);
  clock.ms += 1;
  assert.equal(transfer.measureSpeed(), 800_800);
});

test('a clock that is set back costs a few seconds of the speed, not hours', () => {
  const { clock, transfers } = scene();
  const transfer = transfers.begin(description);
  transfer.measureSpeed();
  clock.ms -= 3_600_000;
  for (let looks = 0; looks <= 16; looks += 1) {
    clock.ms += 250;
    transfer.add(500);
    assert.ok(transfer.measureSpeed() >= 0);
  }
  assert.equal(transfer.measureSpeed(), 2000);
});
