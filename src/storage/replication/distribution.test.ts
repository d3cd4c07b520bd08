import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { PieceUnavailable } from '../fetch/fetch.ts';
import { HolderError } from '../holders/holder.ts';
import { Transfers } from '../holders/transfers.ts';
import { entryOf, fetchContext, MemoryHolder, peer, someBytes } from '../swarm.testing.ts';
import { type DistributionContext, distribute, isDistributed } from './distribution.ts';

const content = someBytes(9 * 1024 + 1);

/** A file that only `source` has, and peers without anything. */
function scene(peers: number, replicas: number) {
  const entry = entryOf('a', content, 1024);
  const source = new MemoryHolder('temp');
  source.fill(entry, content);
  const targets = Array.from({ length: peers }, (_, index) => new MemoryHolder(`p${index + 1}`));
  const transfers = new Transfers(() => 0);
  const context: DistributionContext = {
    fetch: fetchContext([source, ...targets]),
    targets: () => targets,
    replicas,
    windowBytes: 4096,
    transfers,
    log: silentLog,
  };
  return { entry, source, targets, context, transfers };
}

const stored = (holder: MemoryHolder): number => [...holder.files.values()].reduce((sum, { size }) => sum + size, 0);

test('every piece reaches as many peers as replicas, intact, and is synced before it counts', async () => {
  const { entry, targets, context } = scene(3, 2);
  for (const target of targets) {
    target.before = (operation) => {
      if (operation === 'sync') assert.equal(entry.holdings.get(target.id)?.pieces.count ?? 0, 0);
    };
  }
  await distribute(context, entry);
  assert.equal(
    targets.reduce((sum, target) => sum + stored(target), 0),
    20,
  );
  assert.deepEqual(entry.copies(), Array(10).fill(3), 'two and the source');
  assert.ok(isDistributed(context, entry));
  for (const target of targets) {
    assert.deepEqual(target.synced, [entry.record.id]);
    for (const [pieceIndex, bytes] of target.files.get(entry.record.id) ?? []) {
      assert.deepEqual(Buffer.from(bytes), content.subarray(pieceIndex * 1024, (pieceIndex + 1) * 1024));
    }
  }
});

test('a peer that stops taking pieces is replaced by another', async () => {
  const { entry, targets, context } = scene(3, 2);
  let taken = 0;
  (targets[0] as MemoryHolder).before = (operation) => {
    taken += 1;
    if (operation === 'store' && taken > 3) throw new HolderError('no-space', 'full');
  };
  await distribute(context, entry);
  for (let pieceIndex = 0; pieceIndex < entry.pieces; pieceIndex += 1) {
    assert.ok(entry.holdersOf(pieceIndex).filter((id) => id !== peer('temp')).length >= 2, `piece ${pieceIndex}`);
  }
});

test('pieces whose sync failed do not count', async () => {
  const { entry, targets, context } = scene(1, 2);
  (targets[0] as MemoryHolder).before = (operation) => {
    if (operation === 'sync') throw new HolderError('io', 'the disk is broken');
  };
  await distribute(context, entry);
  assert.deepEqual(entry.copies(), Array(10).fill(1));
  assert.equal(isDistributed(context, entry), false);
});

test('with fewer peers than replicas each gets all', async () => {
  const { entry, targets, context } = scene(1, 3);
  await distribute(context, entry);
  assert.equal(stored(targets[0] as MemoryHolder), 10);
  assert.ok(isDistributed(context, entry));
});

test('without peers nothing happens, and nothing is distributed', async () => {
  const { entry, context } = scene(0, 2);
  await distribute(context, entry);
  assert.equal(isDistributed(context, entry), false);
});

test('a source that lies makes it fail, rather than wrong bytes spread', async () => {
  const { entry, source, targets, context } = scene(1, 1);
  source.files.get(entry.record.id)?.set(4, new Uint8Array(1024));
  await assert.rejects(distribute(context, entry), PieceUnavailable);
  assert.equal(targets[0]?.files.get(entry.record.id)?.has(4), false);
});

test('while it goes on it is a transfer of all copies that are made, and of what has been stored', async () => {
  const { entry, targets, context, transfers } = scene(2, 2);
  const seen: string[] = [];
  const look = (): void => {
    for (const { kind, file, name, peer: to, bytes, length } of transfers.all())
      seen.push(`${kind} ${file === entry.record.id} ${name} to ${to}: ${bytes} of ${length}`);
  };
  for (const target of targets) {
    target.before = (operation) => {
      if (operation === 'sync') look();
    };
  }
  await distribute(context, entry);
  const all = 2 * content.length;
  assert.deepEqual(seen, Array(2).fill(`copy true a to p1, p2: ${all} of ${all}`));
  assert.deepEqual([...transfers.all()], []);
});

test('a copy that fails is over as well', async () => {
  const { entry, source, context, transfers } = scene(1, 1);
  source.files.clear();
  await assert.rejects(distribute(context, entry), PieceUnavailable);
  assert.deepEqual([...transfers.all()], []);
});
