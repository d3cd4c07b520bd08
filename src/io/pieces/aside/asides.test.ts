/** Files that were dropped: put aside, brought back, removed when their time is over or the disk is full. */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TorrentId } from '../../../bytes/ids.ts';
import type { FileCalls } from '../../files/calls.ts';
import { fileId, randomPiece } from '../../files/files.testing.ts';
import { systemError, watchedFiles } from '../../files/watched-files.ts';
import { silentLog } from '../../log.ts';
import { tempFolder } from '../../temp-folder.testing.ts';
import { PieceStore } from '../piece-store.ts';

const file = fileId('a');
const other = fileId('b');
const delayMs = 1000;

interface Time {
  ms: number;
}

async function openStore(t: TestContext, directory: string, time: Time, calls?: FileCalls, delay = delayMs) {
  const aside = { delayMs: delay, now: () => time.ms };
  const store = await PieceStore.open(directory, { log: silentLog, aside, ...(calls && { calls }) });
  t.after(() => store.close());
  return store;
}

async function put(store: PieceStore, id: TorrentId, ...indices: readonly number[]) {
  const pieces = indices.map((pieceIndex) => randomPiece(pieceIndex, 5000));
  for (const piece of pieces) await store.write(id, piece);
  await store.sync(id);
  return pieces;
}

async function holds(store: PieceStore, id: TorrentId, pieces: Awaited<ReturnType<typeof put>>): Promise<void> {
  for (const { pieceIndex, bytes } of pieces) {
    const into = new Uint8Array(bytes.length);
    await store.read(id, pieceIndex, into);
    assert.deepEqual(Buffer.from(into), Buffer.from(bytes), `piece ${pieceIndex}`);
  }
}

/** The names in a store's folder, but for the folder of what is aside; and the names in that. */
async function names(directory: string): Promise<{ own: string[]; aside: string[] }> {
  const all = (await readdir(directory)).sort();
  const aside = all.includes('aside') ? (await readdir(join(directory, 'aside'))).sort() : [];
  return { own: all.filter((name) => name !== 'aside'), aside };
}

test('a dropped file is listed no more, and comes back whole, after a restart too', async (t) => {
  const [directory, time] = [tempFolder(t), { ms: 100 }];
  const store = await openStore(t, directory, time);
  const pieces = await put(store, file, 0, 1, 2);
  await store.drop(file);
  assert.deepEqual([store.list(), store.asides.count], [[], 1]);
  const put100 = [`${file}.100.data`, `${file}.100.index`];
  assert.deepEqual(await names(directory), { own: [], aside: put100 });
  await store.close();
  const again = await openStore(t, directory, time);
  assert.deepEqual([again.list(), again.asides.count], [[], 1]);
  assert.equal(await again.restore(file), true);
  assert.deepEqual([again.list().length, again.asides.count], [1, 0]);
  await holds(again, file, pieces);
  assert.deepEqual(await names(directory), { own: [`${file}.data`, `${file}.index`], aside: [] });
  assert.equal(await again.restore(file), false);
  await again.close();
  await holds(await openStore(t, directory, time), file, pieces);
});

test('control: without a delay a dropped file is gone', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory, { ms: 100 }, undefined, 0);
  await put(store, file, 0);
  await store.drop(file);
  assert.deepEqual([await names(directory), store.asides.count], [{ own: [], aside: [] }, 0]);
  assert.equal(await store.restore(file), false);
});

test('what was never durable is not put aside, and what is safe elsewhere is not either', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory, { ms: 100 });
  await store.write(file, randomPiece(0, 5000));
  await store.drop(file);
  await put(store, other, 0);
  await store.release(other);
  await store.drop(other);
  assert.deepEqual([await names(directory), store.asides.count], [{ own: [], aside: [] }, 0]);
});

test('it goes when its time is over, not before, after a restart too', async (t) => {
  const [directory, time] = [tempFolder(t), { ms: 100 }];
  const store = await openStore(t, directory, time);
  for (const id of [file, other]) {
    await put(store, id, 0);
    await store.drop(id);
    time.ms += 10;
  }
  time.ms = 100 + delayMs - 1;
  await store.asides.tick();
  assert.equal(store.asides.count, 2);
  await store.close();
  const again = await openStore(t, directory, time);
  time.ms += 1;
  await again.asides.tick();
  assert.deepEqual((await names(directory)).aside, [`${other}.110.data`, `${other}.110.index`]);
  time.ms += 10;
  await again.asides.tick();
  assert.deepEqual((await names(directory)).aside, []);
});

test('a write that meets a full disk takes the place of the oldest, and of no more than it needs', async (t) => {
  const [directory, time] = [tempFolder(t), { ms: 100 }];
  let refusals = 0;
  const calls = watchedFiles(({ name }) => {
    if (name === 'write' && refusals > 0) {
      refusals -= 1;
      throw systemError('ENOSPC');
    }
  });
  const store = await openStore(t, directory, time, calls);
  for (const id of [file, other]) {
    await put(store, id, 0);
    await store.drop(id);
    time.ms += 1;
  }
  refusals = 1;
  const fresh = fileId('c');
  await store.write(fresh, randomPiece(0, 5000));
  assert.deepEqual((await names(directory)).aside, [`${other}.101.data`, `${other}.101.index`]);
  refusals = 2;
  await assert.rejects(store.write(fresh, randomPiece(1, 5000)), { code: 'no-space' });
  assert.equal(store.asides.count, 0);
});

test('it is counted as free, and goes while the disk has nearly no room', async (t) => {
  const directory = tempFolder(t);
  const room = { bavail: 100, bsize: 4096, blocks: 1000 };
  const calls = { ...watchedFiles(() => {}), statfs: async () => room };
  const store = await openStore(t, directory, { ms: 100 }, calls);
  await put(store, file, 0);
  const before = await store.freeBytes();
  assert.equal(before, 409_600);
  await store.drop(file);
  assert.ok((await store.freeBytes()) >= before + 5000);
  room.bavail = 50; // a twentieth
  await store.asides.tick();
  assert.equal(store.asides.count, 1);
  room.bavail = 49;
  await store.asides.tick();
  assert.equal(store.asides.count, 0);
});

test('what came meanwhile stays, and the rest comes back beside it', async (t) => {
  const [directory, time] = [tempFolder(t), { ms: 100 }];
  const store = await openStore(t, directory, time);
  const [first, second] = await put(store, file, 0, 1);
  await store.drop(file);
  const third = await put(store, file, 2);
  await store.drop(file); // at the same millisecond
  const now = await put(store, file, 1, 3);
  assert.equal(store.asides.count, 1);
  assert.equal(await store.restore(file), true);
  assert.ok(first !== undefined && second !== undefined);
  await holds(store, file, [first, ...third, ...now]);
  assert.deepEqual(await names(directory), { own: [`${file}.data`, `${file}.index`], aside: [] });
});

/** The names that a move leaves when only some of its renames reached the disk. */
const halves = [
  { name: 'the index has moved', moved: ['index'] },
  { name: 'the data has moved', moved: ['data'] },
  { name: 'nothing has moved', moved: [] },
  { name: 'both have moved', moved: ['index', 'data'] },
];
for (const { name, moved } of halves) {
  test(`after a power loss in the move nothing is lost: ${name}`, async (t) => {
    const [directory, time] = [tempFolder(t), { ms: 100 }];
    const store = await openStore(t, directory, time);
    const pieces = await put(store, file, 0, 1);
    await store.close();
    await mkdir(join(directory, 'aside'));
    for (const kind of moved)
      await rename(join(directory, `${file}.${kind}`), join(directory, 'aside', `${file}.90.${kind}`));
    const again = await openStore(t, directory, time);
    assert.equal(again.asides.count, moved.length > 0 ? 1 : 0);
    assert.equal(await again.restore(file), moved.length > 0);
    await holds(again, file, pieces);
  });
}

test('names in both folders are the file and its shadow: the file stays when the shadow goes', async (t) => {
  const [directory, time] = [tempFolder(t), { ms: 100 }];
  const store = await openStore(t, directory, time);
  const pieces = await put(store, file, 0, 1);
  await store.close();
  await mkdir(join(directory, 'aside'));
  await cp(join(directory, `${file}.index`), join(directory, 'aside', `${file}.90.index`));
  const again = await openStore(t, directory, time);
  assert.deepEqual([again.asides.count, (await names(directory)).aside], [0, []]);
  await holds(again, file, pieces);
});
