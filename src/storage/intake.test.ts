import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BufferPool } from '../bytes/buffer-pool.ts';
import { nodeFiles } from '../io/files/calls.ts';
import { systemError, watchedFiles } from '../io/files/watched-files.ts';
import { silentLog } from '../io/log.ts';
import { PieceStore } from '../io/pieces/piece-store.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
import { sha256, singleV2, torrentOf, type Values } from '../protocols/metainfo/samples.testing.ts';
import type { Torrent } from '../protocols/metainfo/types.ts';
import { Catalog } from './catalog/catalog.ts';
import { Ledger } from './catalog/ledger.ts';
import { TorrentEntry } from './catalog/torrent-entry.ts';
import { fetchPieces } from './fetch/fetch.ts';
import { HolderError, tempHolderId } from './holders/holder.ts';
import { TempHolder } from './holders/temp-holder.ts';
import { Intake } from './intake.ts';
import type { DistributionContext } from './replication/distribution.ts';
import { Replicator } from './replication/replicator.ts';
import { atOnce, fetchContext, MemoryHolder, peer, recordOf, someBytes, unwatched } from './swarm.testing.ts';

const pieceLength = 1024;
const content = someBytes(10_000);

/** Everything but the server around it: a real store and ledger, peers in memory. */
async function scene(t: TestContext, { peers = 0, folder = tempFolder(t), calls = nodeFiles } = {}) {
  const catalog = new Catalog();
  const ledger = await Ledger.open(join(folder, 'metadata'), silentLog);
  const store = await PieceStore.open(join(folder, 'pieces'), { log: silentLog });
  const temp = new TempHolder(store);
  const targets = Array.from({ length: peers }, (_, index) => new MemoryHolder(`p${index + 1}`));
  const holders = new Map([temp, ...targets].map((holder) => [holder.id, holder]));
  const fetch = { ...fetchContext([]), holders, catalog };
  const distribution: DistributionContext = {
    fetch,
    targets: () => targets,
    replicas: 2,
    windowBytes: 1 << 16,
    ...unwatched,
    log: silentLog,
  };
  const replicator = new Replicator({ catalog, ledger, temp, distribution, ...atOnce });
  const spoolDirectory = join(folder, 'uploads');
  const intake = new Intake({
    catalog,
    ledger,
    store,
    replicator,
    pool: new BufferPool(1 << 20),
    spoolDirectory,
    pieceLength,
    windowBytes: 1 << 20,
    log: silentLog,
    now: () => 1000,
    calls,
  });
  await intake.open();
  t.after(async () => {
    await replicator.idle();
    await ledger.close();
    await store.close();
  });
  return { catalog, ledger, store, temp, targets, fetch, replicator, intake, spoolDirectory, folder };
}

async function* inChunks(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function contentOf({ fetch }: Awaited<ReturnType<typeof scene>>, entry: TorrentEntry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of fetchPieces(fetch, entry, 0, entry.pieces - 1)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const upload = async ({ intake }: Awaited<ReturnType<typeof scene>>, name: string, bytes: Uint8Array) => {
  const [committed] = await intake.commit([await intake.spool(name, inChunks(bytes))]);
  assert.ok(committed !== undefined);
  return committed;
};

/** Settles when everything asked for this file before is done. */
const settled = ({ replicator }: Awaited<ReturnType<typeof scene>>, entry: TorrentEntry) =>
  replicator.alone([entry.record.id], async () => {});

for (const length of [0, 1, pieceLength - 1, pieceLength, pieceLength + 1, 10_000]) {
  for (const peers of [0, 1, 3]) {
    test(`${length} bytes and ${peers} peers: stored, listed, and given back`, async (t) => {
      const all = await scene(t, { peers });
      const { entry, created } = await upload(all, 'a.bin', content.subarray(0, length));
      assert.ok(created);
      assert.equal(all.catalog.get(entry.record.id), entry);
      assert.equal(entry.state, 'available');
      await settled(all, entry);
      assert.equal(entry.holdings.has(tempHolderId), peers === 0 && length > 0, 'in the temp store only without peers');
      assert.deepEqual(await contentOf(all, entry), content.subarray(0, length));
      assert.deepEqual(readdirSync(all.spoolDirectory), []);
    });
  }
}

test('the same bytes under the same name are the same file', async (t) => {
  const all = await scene(t);
  const first = await upload(all, 'a', content);
  const second = await upload(all, 'a', content);
  assert.deepEqual([second.created, second.entry], [false, first.entry]);
  const renamed = await upload(all, 'b', content);
  assert.deepEqual([renamed.created, all.catalog.size], [true, 2]);
});

test('two uploads of one file at once end as one', async (t) => {
  const all = await scene(t, { peers: 2 });
  const [one, two] = await Promise.all([upload(all, 'a', content), upload(all, 'a', content)]);
  assert.deepEqual([one.created, two.created].sort(), [false, true]);
  assert.equal(all.catalog.size, 1);
  assert.deepEqual(readdirSync(all.spoolDirectory), []);
});

test('equal files in one form are one file', async (t) => {
  const all = await scene(t);
  const files = [await all.intake.spool('a', inChunks(content)), await all.intake.spool('a', inChunks(content))];
  const committed = await all.intake.commit(files);
  assert.deepEqual(
    committed.map(({ created }) => created),
    [true, false],
  );
  assert.deepEqual(await contentOf(all, committed[1]?.entry as TorrentEntry), content);
});

test('a body that breaks off leaves nothing', async (t) => {
  const all = await scene(t);
  const broken = (async function* () {
    yield content.subarray(0, 5000);
    throw new Error('the client left');
  })();
  await assert.rejects(all.intake.spool('a', broken), /the client left/);
  assert.deepEqual(readdirSync(all.spoolDirectory), []);
  assert.equal(all.catalog.size, 0);
});

test('when the ledger cannot be written nothing is listed and nothing is left', async (t) => {
  const all = await scene(t, { peers: 2 });
  await all.ledger.rememberPeer(peer('away'), '/peers/away');
  const spooled = await all.intake.spool('a', inChunks(content));
  all.ledger.addFiles = () => Promise.reject(new Error('disk full'));
  await assert.rejects(all.intake.commit([spooled]), /disk full/);
  assert.equal(all.catalog.size, 0);
  for (const target of all.targets) assert.equal(target.files.size, 0);
  assert.deepEqual(all.store.list(), []);
  assert.ok(all.ledger.wasRemoved(spooled.record.id), 'a peer that missed it drops it later');
});

test('a spooled file that cannot be removed is no failure of an upload that was kept', async (t) => {
  const calls = watchedFiles(({ name }) => {
    if (name === 'unlink') throw systemError('EIO');
  });
  const all = await scene(t, { calls });
  const { entry, created } = await upload(all, 'a', content);
  assert.deepEqual([created, all.catalog.get(entry.record.id)], [true, entry]);
  assert.deepEqual(await contentOf(all, entry), content);
});

test('the order of a commit: expected, stored, synced, in the ledger, listed', async (t) => {
  const all = await scene(t, { peers: 1 });
  const steps: string[] = [];
  const note = <Method extends 'expectFiles' | 'addFiles'>(method: Method): void => {
    const original = all.ledger[method].bind(all.ledger) as (argument: never) => Promise<void>;
    all.ledger[method] = async (argument: never) => {
      await original(argument);
      steps.push(method);
    };
  };
  note('expectFiles');
  note('addFiles');
  const add = all.catalog.add.bind(all.catalog);
  all.catalog.add = (entry) => {
    add(entry);
    steps.push('listed');
  };
  for (const target of all.targets) target.before = (operation) => void steps.push(operation);
  await upload(all, 'a', content.subarray(0, 1500));
  // The second SYNC is for peers that came meanwhile; more follow before the temporary copy goes.
  const commit = steps.slice(0, steps.indexOf('listed') + 1);
  assert.deepEqual(commit, ['expectFiles', 'store', 'store', 'sync', 'sync', 'addFiles', 'listed']);
});

test('a file that lost pieces is whole again when it is uploaded again', async (t) => {
  const all = await scene(t, { peers: 1 });
  const { entry } = await upload(all, 'a', content);
  await settled(all, entry);
  all.targets[0]?.files.clear();
  entry.setHolding(all.targets[0]?.id as never, [0, 1], 'stored');
  assert.equal(entry.state, 'partial');
  const again = await upload(all, 'a', content);
  assert.deepEqual([again.created, entry.state], [false, 'available']);
});

test('pieces in the temp store move to the first peer that comes', async (t) => {
  const all = await scene(t, { peers: 1 });
  const [late] = all.targets.splice(0) as [MemoryHolder];
  const { entry } = await upload(all, 'a', content);
  assert.ok(entry.holdings.has(tempHolderId));
  all.targets.push(late);
  all.replicator.repairAllSoon();
  await all.replicator.idle();
  assert.equal(entry.holdings.has(tempHolderId), false);
  assert.deepEqual(all.store.list(), []);
  assert.deepEqual(await contentOf(all, entry), content);
});

for (const before of [0, 1]) {
  test(`a peer that comes between placing and listing gets its pieces too, with ${before} there before`, async (t) => {
    const all = await scene(t, { peers: before + 1 });
    const [late] = all.targets.splice(before) as [MemoryHolder];
    const addFiles = all.ledger.addFiles.bind(all.ledger);
    all.ledger.addFiles = async (files) => {
      all.targets.push(late);
      all.replicator.repairAllSoon(); // as whoever notices the peer does; the file is not listed yet
      await all.replicator.idle();
      await addFiles(files);
    };
    const { entry } = await upload(all, 'a', content);
    await settled(all, entry);
    await all.replicator.idle();
    for (const target of all.targets) assert.equal(target.files.get(entry.record.id)?.size, entry.pieces);
    assert.equal(entry.holdings.has(tempHolderId), false);
    assert.deepEqual(all.store.list(), []);
  });
}

test('a removed file is gone from the list, the ledger, the store and the peers', async (t) => {
  const all = await scene(t, { peers: 1 });
  const { entry } = await upload(all, 'a', content);
  assert.equal(await all.replicator.remove(entry.record.id), true);
  assert.equal(await all.replicator.remove(entry.record.id), false);
  assert.deepEqual([all.catalog.size, [...all.ledger.files], all.targets[0]?.files.size], [0, [], 0]);
  assert.equal(all.ledger.wasRemoved(entry.record.id), false, 'nobody has anything of it any more');
});

test('a removed file that a peer did not drop is remembered', async (t) => {
  const all = await scene(t, { peers: 1 });
  const [holder] = all.targets as [MemoryHolder];
  await all.ledger.rememberPeer(holder.id, '/peers/p1');
  const { entry } = await upload(all, 'a', content);
  holder.before = (operation) => {
    if (operation === 'drop') throw new HolderError('gone', 'killed');
  };
  await all.replicator.remove(entry.record.id);
  assert.ok(all.ledger.wasRemoved(entry.record.id));
});

test('a peer that fails in the middle leaves the temp copy where it is', async (t) => {
  const all = await scene(t, { peers: 1 });
  (all.targets[0] as MemoryHolder).before = (operation, pieceIndex) => {
    if (operation === 'store' && pieceIndex === 5) throw new HolderError('gone', 'killed');
  };
  const { entry } = await upload(all, 'a', content);
  await settled(all, entry);
  assert.ok(entry.holdings.get(tempHolderId)?.pieces.full);
  assert.deepEqual(await contentOf(all, entry), content);
});

test('pieces that a peer took and never synced are synced before the temp copy goes', async (t) => {
  const all = await scene(t, { peers: 1 });
  const [late] = all.targets.splice(0) as [MemoryHolder];
  const { entry } = await upload(all, 'a', content);
  // As a server that was killed in the middle of a move leaves it: the peer lists pieces that no SYNC made durable.
  late.fill(entry, content);
  all.targets.push(late);
  late.before = (operation) => {
    if (operation === 'sync') assert.ok(entry.holdings.has(tempHolderId), 'still in the temp store');
  };
  all.replicator.repairAllSoon();
  await all.replicator.idle();
  assert.deepEqual([...new Set(late.synced)], [entry.record.id]);
  assert.equal(entry.holdings.has(tempHolderId), false);
});

test('a file whose last upload the temp store could not sync is taken in again', async (t) => {
  const all = await scene(t);
  const { entry } = await upload(all, 'a', content);
  all.catalog.setHoldings(tempHolderId, []);
  await all.store.drop(entry.record.id);
  const sync = all.temp.sync.bind(all.temp);
  all.temp.sync = async (file) => {
    all.temp.sync = sync;
    await all.store.drop(file); // what was not synced is given up
    throw new HolderError('io', 'EIO');
  };
  await assert.rejects(upload(all, 'a', content), { code: 'io' });
  const again = await upload(all, 'a', content);
  assert.equal(again.created, false);
  assert.deepEqual(await contentOf(all, entry), content);
});

test('what a peer claims to have is synced before an upload of it is acknowledged', async (t) => {
  const all = await scene(t, { peers: 1 });
  const { entry } = await upload(all, 'a', content);
  await settled(all, entry);
  const [p1] = all.targets as [MemoryHolder];
  all.catalog.setHoldings(p1.id, await p1.list()); // it is back; nobody knows whether it ever synced them
  p1.synced.length = 0;
  await upload(all, 'a', content);
  assert.ok(p1.synced.includes(entry.record.id));
});

test('a peer that cannot sync what it says it has is not counted on', async (t) => {
  const all = await scene(t, { peers: 1 });
  const [late] = all.targets.splice(0) as [MemoryHolder];
  const { entry } = await upload(all, 'a', content);
  late.fill(entry, content);
  late.before = (operation) => {
    if (operation === 'sync') throw new HolderError('io', 'the disk is broken');
  };
  all.targets.push(late);
  all.replicator.repairAllSoon();
  await all.replicator.idle();
  assert.ok(entry.holdings.get(tempHolderId)?.pieces.full);
  assert.equal(entry.holdings.get(late.id)?.pieces.count ?? 0, 0);
});

/** The torrent of `content` in pieces of `pieceLength` called `name`, with keys of others besides. */
function torrentFor(name: string, others: Values = {}): Torrent {
  const { length, pieceHashes } = recordOf(name, content, pieceLength);
  return parseTorrent(torrentOf({ length, name, 'piece length': pieceLength, pieces: pieceHashes, ...others }));
}

test('a torrent of others is listed, once, and is in the ledger by then', async (t) => {
  const { intake, catalog, ledger } = await scene(t);
  const torrent = torrentFor('theirs.bin', { private: 1 });
  const [first, second] = await Promise.all([intake.list(torrent), intake.list(torrent)]);
  assert.deepEqual([first?.created, second?.created], [true, false]);
  const entry = first?.entry as TorrentEntry;
  assert.equal(second?.entry, entry);
  const { record, state } = entry;
  assert.deepEqual([record.id, record.sha256, state], [torrent.info.v1?.infoHash, null, 'unavailable']);
  assert.equal(catalog.get(record.id), entry);
  assert.deepEqual([...ledger.files], [record]);
});

test('an upload of what a torrent described fills it, and its SHA-256 is known then', async (t) => {
  const { intake, ledger, temp, fetch } = await scene(t);
  const listed = await intake.list(torrentFor('a.bin'));
  const [committed] = await intake.commit([await intake.spool('a.bin', inChunks(content))]);
  assert.deepEqual([committed?.entry, committed?.created], [listed?.entry, false]);
  const entry = committed?.entry as TorrentEntry;
  const expected = recordOf('a.bin', content, pieceLength).sha256;
  assert.deepEqual([entry.record.sha256, [...ledger.files][0]?.sha256], [expected, expected]);
  assert.equal(entry.state, 'available');
  assert.equal((await temp.list()).length, 1);
  const bytes: Buffer[] = [];
  for await (const piece of fetchPieces(fetch, entry, 0, entry.pieces - 1)) bytes.push(Buffer.from(piece));
  assert.deepEqual(Buffer.concat(bytes), content);
});

test('a torrent of what was uploaded changes nothing', async (t) => {
  const { intake } = await scene(t);
  const [uploaded] = await intake.commit([await intake.spool('a.bin', inChunks(content))]);
  assert.deepEqual(await intake.list(torrentFor('a.bin')), { entry: uploaded?.entry, created: false });
});

test('a torrent of v2 alone is only known by the file it is a twin of', async (t) => {
  const { intake, catalog } = await scene(t);
  const name = 'hello.txt';
  const twin = parseTorrent(torrentOf(singleV2));
  assert.equal(await intake.list(twin), undefined);
  const entry = new TorrentEntry(recordOf(name, Buffer.from('hello world'), 16384));
  catalog.add(entry);
  catalog.learn(entry, { tree: { root: sha256('hello world'), layer: Buffer.alloc(0) } });
  assert.deepEqual(await intake.list(twin), { entry, created: false });
});
