import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../async/clock.testing.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { Catalog } from '../catalog/catalog.ts';
import { Ledger } from '../catalog/ledger.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import type { DownWithinGrace } from '../holders/down-peers.ts';
import { HolderError } from '../holders/holder.ts';
import { atOnce, entryOf, fetchContext, gate, MemoryHolder, peer, someBytes, unwatched } from '../swarm.testing.ts';
import { Replicator } from './replicator.ts';

const pieceLength = 1024;
const pieces = 12;
const content = someBytes(pieces * pieceLength);
const all = [...Array(pieces).keys()];

/** A catalog with one file, and as many peers as wanted; the first two have everything. */
async function scene(t: TestContext, { peers = 3, replicas = 2 } = {}) {
  const catalog = new Catalog();
  const ledger = await Ledger.open(join(tempFolder(t), 'metadata'), silentLog);
  t.after(() => ledger.close());
  const entry = entryOf('a', content, pieceLength);
  catalog.add(entry);
  const temp = new MemoryHolder('temp');
  const holders = Array.from({ length: peers }, (_, index) => new MemoryHolder(`p${index + 1}`));
  for (const holder of holders.slice(0, 2)) holder.fill(entry, content);
  const online = new Set(holders);
  const waitedFor = { peers: new Set<PeerId>(), unheard: false };
  const moved = { repaired: 0, moved: 0 };
  const clock = new ManualClock();
  const fetch = fetchContext([temp, ...holders], {
    onLost: (_how, _holder, file) => replicator.repairSoon(file),
  });
  const replicator = new Replicator({
    ...atOnce,
    catalog,
    ledger,
    temp,
    distribution: { fetch, targets: () => [...online], replicas, windowBytes: 4096, log: silentLog, ...unwatched },
    down: (): DownWithinGrace => waitedFor,
    onRepaired: (copies) => {
      moved.repaired += copies;
    },
    onMoved: (copies) => {
      moved.moved += copies;
    },
    clock,
  });
  t.after(() => replicator.stop());
  const leave = (holder: MemoryHolder, { down }: { down: boolean }): void => {
    online.delete(holder);
    catalog.setOnline(holder.id, false);
    if (down) waitedFor.peers.add(holder.id);
  };
  const comeBack = async (holder: MemoryHolder): Promise<void> => {
    online.add(holder);
    waitedFor.peers.delete(holder.id);
    catalog.setHoldings(holder.id, await holder.list());
  };
  const sweep = async (): Promise<void> => {
    replicator.repairAllSoon();
    await replicator.idle();
  };
  return { catalog, entry, temp, holders, replicator, waitedFor, moved, clock, leave, comeBack, sweep };
}

const counts = (entry: TorrentEntry, holders: readonly MemoryHolder[]): number[] =>
  holders.map(({ id }) => entry.holdings.get(id)?.pieces.count ?? 0);

/** Copies that are counted on, and rightly so. */
function goodCopies(entry: TorrentEntry, holders: readonly MemoryHolder[], pieceIndex: number): number {
  const expected = content.subarray(pieceIndex * pieceLength, (pieceIndex + 1) * pieceLength);
  const counted = holders.filter(({ id }) => entry.holdersOf(pieceIndex).includes(id));
  return counted.filter(({ files }) => expected.equals(files.get(entry.record.id)?.get(pieceIndex) ?? Buffer.alloc(0)))
    .length;
}

function assertWhole(entry: TorrentEntry, holders: readonly MemoryHolder[], copies: number): void {
  for (const pieceIndex of all) assert.equal(goodCopies(entry, holders, pieceIndex), copies, `piece ${pieceIndex}`);
}

function corrupt({ files }: MemoryHolder, entry: TorrentEntry, pieceIndex: number): void {
  files.get(entry.record.id)?.set(pieceIndex, new Uint8Array(pieceLength));
}

test('a peer that is away but waited for is not replaced; one that is missed is', async (t) => {
  const { entry, holders, leave, sweep, waitedFor, moved } = await scene(t);
  const [p1, p2, p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  leave(p1, { down: true });
  await sweep();
  assert.deepEqual(counts(entry, holders), [pieces, pieces, 0]);
  waitedFor.peers.delete(p1.id);
  await sweep();
  assert.deepEqual(counts(entry, [p2, p3]), [pieces, pieces]);
  assert.deepEqual(moved, { repaired: pieces, moved: 0 });
});

test('what is too much when a peer returns goes, and every piece keeps its copies', async (t) => {
  const { entry, holders, leave, comeBack, sweep, moved } = await scene(t);
  const [p1] = holders as [MemoryHolder];
  leave(p1, { down: false });
  await sweep();
  await comeBack(p1);
  assert.deepEqual(entry.copies(), Array(pieces).fill(3));
  await sweep();
  assert.deepEqual(entry.copies(), Array(pieces).fill(2));
  assert.deepEqual(counts(entry, holders), [8, 8, 8]);
  assert.equal(moved.moved, 0);
  assertWhole(entry, holders, 2);
});

test('a copy is not too much when one of the others turns out to be bad', async (t) => {
  const { entry, holders, sweep } = await scene(t);
  const [p1, p2, p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  p3.fill(entry, content);
  for (const pieceIndex of [0, 1, 2]) corrupt(p1, entry, pieceIndex);
  for (const pieceIndex of [0, 4]) corrupt(p2, entry, pieceIndex);
  await sweep();
  await sweep();
  assert.deepEqual(entry.copies(), Array(pieces).fill(2));
  for (const pieceIndex of all) assert.ok(goodCopies(entry, holders, pieceIndex) > 0, `piece ${pieceIndex}`);
});

test('control: without verifying, the last good copy would go', async (t) => {
  const { entry, holders, sweep } = await scene(t);
  const [p1, p2, p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  p3.fill(entry, content);
  for (const holder of holders) holder.verifyPiece = async () => {};
  for (const pieceIndex of [0, 1, 2]) corrupt(p1, entry, pieceIndex);
  for (const pieceIndex of all) corrupt(p2, entry, pieceIndex);
  await sweep();
  assert.ok(all.some((pieceIndex) => goodCopies(entry, holders, pieceIndex) === 0));
});

test('a new peer gets its share: stored, synced, counted, and only then given up by another', async (t) => {
  const { entry, holders, sweep, moved } = await scene(t);
  const steps: string[] = [];
  for (const holder of holders) {
    holder.before = (operation, pieceIndex) => {
      if (operation === 'drop-piece') {
        assert.ok(entry.holdersOf(pieceIndex ?? 0).length >= 2, 'others have it');
        assert.ok(!entry.holdersOf(pieceIndex ?? 0).includes(holder.id), 'nobody is sent there any more');
      }
      steps.push(`${holder.id} ${operation}`);
    };
  }
  await sweep();
  assert.deepEqual(counts(entry, holders), [8, 8, 8]);
  assert.deepEqual(moved, { repaired: 0, moved: 8 });
  assertWhole(entry, holders, 2);
  const changes = steps.filter((step) => /store|sync|drop/.test(step));
  const order = changes.filter((step, index) => step !== changes[index - 1]);
  assert.deepEqual(order.slice(0, 2), ['p3 store', 'p3 sync']);
  const dropped = order.findIndex((step) => step.endsWith('drop-piece'));
  assert.deepEqual(
    order
      .slice(dropped)
      .filter((step) => step.endsWith('sync'))
      .sort(),
    ['p1 sync', 'p2 sync'],
  );
  await sweep();
  assert.equal(moved.moved, 8, 'and it stays so');
});

test('while somebody is waited for, nothing is moved or given up', async (t) => {
  const { entry, holders, sweep, waitedFor } = await scene(t);
  waitedFor.peers.add(peer('p9'));
  await sweep();
  assert.deepEqual(counts(entry, holders), [pieces, pieces, 0]);
});

test('while it is not known what a peer has, only copies that are known to be bad are replaced', async (t) => {
  const { entry, holders, replicator, waitedFor, sweep } = await scene(t);
  const [p1, p2] = holders as [MemoryHolder, MemoryHolder];
  waitedFor.peers.add(peer('p9'));
  waitedFor.unheard = true;
  for (const pieceIndex of all.slice(6)) {
    entry.removePiece(p2.id, pieceIndex);
    p2.files.get(entry.record.id)?.delete(pieceIndex);
  }
  await sweep();
  assert.deepEqual(counts(entry, holders), [pieces, 6, 0]);
  corrupt(p2, entry, 0);
  entry.losePiece(p2.id, 0, 'corrupt');
  replicator.repairSoon(entry.record.id);
  await replicator.idle();
  assert.deepEqual(counts(entry, holders), [pieces, 6, 0], 'mended where it was');
  assert.ok(entry.losses.none);
  assert.deepEqual(Buffer.from(p2.files.get(entry.record.id)?.get(0) ?? []), content.subarray(0, pieceLength));
  assert.equal(p1.files.size, 1);
});

test('a peer that cannot drop single pieces keeps its copies, and is not asked again', async (t) => {
  const { entry, holders, sweep } = await scene(t);
  const asked = new Map<string, number>();
  for (const holder of holders.slice(0, 2)) {
    holder.before = (operation) => {
      if (operation !== 'drop-piece') return;
      asked.set(holder.id, (asked.get(holder.id) ?? 0) + 1);
      throw new HolderError('unsupported', 'what is that?');
    };
  }
  await sweep();
  assert.deepEqual([...asked.values()], [1, 1]);
  assert.deepEqual(counts(entry, holders.slice(0, 2)), [pieces, pieces]);
  await sweep();
  assert.deepEqual([...asked.values()], [1, 1]);
  assertWhole(entry, holders.slice(0, 2), 2);
});

test('a peer that fails to drop a piece is no longer counted on for it, and nothing is lost', async (t) => {
  const { entry, holders, sweep } = await scene(t);
  (holders[0] as MemoryHolder).before = (operation) => {
    if (operation === 'drop-piece') throw new HolderError('io', 'the disk is broken');
  };
  await sweep();
  assert.ok(entry.copies().every((copies) => copies === 2));
});

test('a piece that nobody can read does not keep the others from being repaired', async (t) => {
  const { entry, holders, leave, replicator, sweep } = await scene(t);
  const [p1, p2, p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  leave(p1, { down: false });
  p2.before = (operation, pieceIndex) => {
    if (operation === 'get' && pieceIndex === 3) throw new HolderError('io', 'a bad sector');
  };
  await assert.rejects(replicator.repair(entry), { name: 'PieceUnavailable' });
  assert.deepEqual(
    [...(entry.holdings.get(p3.id)?.pieces ?? [])],
    all.filter((pieceIndex) => pieceIndex !== 3),
  );
  await sweep();
});

test('what could not be done is tried again later, without being asked', async (t) => {
  const { entry, holders, leave, sweep, replicator, clock } = await scene(t);
  const [p1, , p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  leave(p1, { down: false });
  p3.before = (operation) => {
    if (operation === 'store') throw new HolderError('no-space', 'full');
  };
  await sweep();
  await sweep();
  assert.equal(clock.waiting, 1, 'once, not once for each look');
  assert.equal(entry.holdings.get(p3.id), undefined);
  p3.before = () => {};
  clock.pass(clock.nextMs ?? 0);
  while (entry.holdings.get(p3.id)?.pieces.full !== true) await replicator.idle().then(() => new Promise(setImmediate));
});

test('a copy that is lost is replaced while all files are being looked after', async (t) => {
  const { catalog, entry, holders, replicator } = await scene(t, { peers: 2 });
  const [p1, p2] = holders as [MemoryHolder, MemoryHolder];
  const other = entryOf('other', someBytes(pieceLength, 'other'), pieceLength);
  catalog.add(other);
  p1.fill(other, someBytes(pieceLength, 'other'));
  const stuck = gate();
  p2.before = async (operation, pieceIndex) => {
    if (operation === 'store' && pieceIndex === 0) await stuck.opened;
  };
  replicator.repairAllSoon();
  entry.losePiece(p2.id, 5, 'corrupt');
  replicator.repairSoon(entry.record.id);
  while (!entry.losses.none) await new Promise(setImmediate);
  assert.equal(other.holdings.has(p2.id), false, 'the other is still on its way');
  stuck.open();
  await replicator.idle();
  assert.ok(other.holdings.has(p2.id));
});

test('an upload or a delete of a file need not wait until all of it has moved', async (t) => {
  const big = Buffer.alloc(30 << 20);
  const { catalog, entry: small, holders, replicator } = await scene(t);
  const [p1, p2, p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  const entry = entryOf('big', big, 1 << 20);
  catalog.remove(small.record.id);
  catalog.add(entry);
  for (const holder of [p1, p2]) holder.fill(entry, big);
  const begun = gate();
  p3.before = (operation) => {
    if (operation === 'sync') begun.open();
  };
  replicator.repairAllSoon();
  await begun.opened;
  const moved = await replicator.alone([entry.record.id], async () => entry.holdings.get(p3.id)?.pieces.count ?? 0);
  assert.equal(moved, 8);
  await replicator.idle();
  assert.ok((counts(entry, holders)[2] ?? 0) >= 19, `${counts(entry, holders)}`);
});

test('the rate is kept: after each step as long a pause as its bytes take', async (t) => {
  const { catalog, entry, holders } = await scene(t);
  const clock = new ManualClock();
  const distribution = {
    fetch: fetchContext(holders),
    targets: () => holders,
    replicas: 3,
    windowBytes: 4096,
    ...unwatched,
    log: silentLog,
  };
  const rate = new RateLimit({ bytesPerSecond: 1024, clock });
  const ledger = await Ledger.open(join(tempFolder(t), 'metadata'), silentLog);
  t.after(() => ledger.close());
  const replicator = new Replicator({ ...atOnce, catalog, ledger, temp: new MemoryHolder('temp'), distribution, rate });
  await clock.passUntil(replicator.repair(entry));
  assert.equal(clock.now(), pieces * 1000 - 100);
  assertWhole(entry, holders, 3);
});

test('stopped, it ends at once, and begins nothing more', async (t) => {
  const { catalog, entry, holders, replicator, leave } = await scene(t);
  const [p1, , p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  leave(p1, { down: false });
  const held = gate();
  p3.before = (operation) => (operation === 'sync' ? held.opened : undefined);
  replicator.repairAllSoon();
  replicator.stop();
  held.open();
  await replicator.idle();
  entry.losePiece(p1.id, 0, 'corrupt');
  replicator.repairSoon(entry.record.id);
  replicator.repairAllSoon();
  await replicator.idle();
  assert.equal(catalog.get(entry.record.id), entry);
});

/** A file on its way in: the temp store has it, and nobody else. */
function arriving({ catalog, temp }: Awaited<ReturnType<typeof scene>>): TorrentEntry {
  const entry = entryOf('b', content, pieceLength);
  catalog.expect(entry);
  temp.fill(entry, content);
  return entry;
}

test('a peer whose session broke off in an upload counts once it is back and has synced', async (t) => {
  const all = await scene(t, { peers: 2 });
  const [p1, p2] = all.holders as [MemoryHolder, MemoryHolder];
  const entry = arriving(all);
  p1.before = (operation) => {
    if (operation !== 'sync') return;
    all.leave(p1, { down: true });
    throw new HolderError('gone', 'frozen for too long');
  };
  p2.before = async (operation) => {
    if (operation !== 'sync' || p1.before === quiet) return;
    p1.before = quiet;
    await all.comeBack(p1);
  };
  await all.replicator.place(entry);
  assert.deepEqual(counts(entry, all.holders), [pieces, pieces]);
  assert.deepEqual(p1.synced, [entry.record.id]);
});

test('the temporary copy stays until all that have the file have synced it', async (t) => {
  const all = await scene(t, { peers: 1, replicas: 1 });
  const [p1] = all.holders as [MemoryHolder];
  const entry = arriving(all);
  p1.fill(entry, content);
  p1.before = (operation) => {
    if (operation === 'sync') throw new HolderError('io', 'EIO');
  };
  await all.replicator.dropTemp(entry);
  assert.equal(all.temp.files.size, 1);
  p1.before = quiet;
  p1.fill(entry, content);
  await all.replicator.dropTemp(entry);
  assert.equal(all.temp.files.size, 0);
});

test('a copy that could not move is not given up for one that somebody who returned claims to have', async (t) => {
  const { entry, holders, leave, comeBack, sweep } = await scene(t, { replicas: 1 });
  const [, p2, p3] = holders as [MemoryHolder, MemoryHolder, MemoryHolder];
  for (const pieceIndex of all) corrupt(p2, entry, pieceIndex);
  leave(p2, { down: false });
  p3.before = async (operation) => {
    if (operation !== 'store') return;
    if (!entry.holdings.get(p2.id)?.online) await comeBack(p2);
    throw new HolderError('no-space', 'its disk is full');
  };
  await sweep();
  for (const pieceIndex of all) assert.ok(goodCopies(entry, holders, pieceIndex) > 0, `piece ${pieceIndex}`);
});

const quiet = (): void => {};
