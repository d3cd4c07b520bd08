import assert from 'node:assert/strict';
import { readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import type { PieceRecord, PieceToStore } from '../../bytes/pieces.ts';
import type { FileCalls } from '../files/calls.ts';
import { fileId, randomPiece, sha1 } from '../files/files.testing.ts';
import { systemError, watchedFiles } from '../files/watched-files.ts';
import { silentLog } from '../log.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { PieceStore, type StoreErrorCode } from './piece-store.ts';

const file = fileId('a');

async function openStore(test: TestContext, directory: string, calls?: FileCalls): Promise<PieceStore> {
  const store = await PieceStore.open(directory, calls === undefined ? { log: silentLog } : { log: silentLog, calls });
  test.after(() => store.close());
  return store;
}

async function read(store: PieceStore, id: TorrentId, pieceIndex: number): Promise<Uint8Array> {
  const into = new Uint8Array(store.piece(id, pieceIndex)?.size ?? 0);
  await store.read(id, pieceIndex, into);
  return into;
}

async function assertHolds(store: PieceStore, pieces: Iterable<PieceToStore>): Promise<void> {
  for (const { pieceIndex, bytes } of pieces) assert.deepEqual(Buffer.from(await read(store, file, pieceIndex)), bytes);
}

function failsWith(code: StoreErrorCode) {
  return { name: 'StoreError', code };
}

test('a piece is readable and listed as soon as it is written', async (t) => {
  const store = await openStore(t, tempFolder(t));
  const piece = randomPiece(3);
  await store.write(file, piece);
  assert.deepEqual(store.list(), [{ file, parts: [{ first: 3, last: 3 }], shared: false }]);
  assert.deepEqual(store.piece(file, 3), { pieceIndex: 3, offset: 3000, size: 1000, sha1: piece.sha1 });
  await assertHolds(store, [piece]);
});

test('pieces lie in the data file where they lie in the file', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const pieces = [2, 0, 1].map((pieceIndex) => randomPiece(pieceIndex));
  await Promise.all(pieces.map((piece) => store.write(file, piece)));
  const inOrder = [...pieces].sort((a, b) => a.pieceIndex - b.pieceIndex);
  const data = await readFile(join(directory, `${file}.data`));
  assert.deepEqual(data, Buffer.concat(inOrder.map(({ bytes }) => bytes)));
});

test('ranges are rising and apart, of one file or of all', async (t) => {
  const store = await openStore(t, tempFolder(t));
  for (const pieceIndex of [5, 0, 1, 9, 2]) await store.write(file, randomPiece(pieceIndex));
  await store.write(fileId('b'), randomPiece(0));
  const ranges = [
    { first: 0, last: 2 },
    { first: 5, last: 5 },
    { first: 9, last: 9 },
  ];
  assert.deepEqual(store.list(file), [{ file, parts: ranges, shared: false }]);
  assert.equal(store.list().length, 2);
  assert.deepEqual(store.list(fileId('c')), []);
});

test('what was synced is there after a restart, what was not is gone', async (t) => {
  const directory = tempFolder(t);
  const synced = [randomPiece(0), randomPiece(1)];
  const first = await openStore(t, directory);
  for (const piece of synced) await first.write(file, piece);
  await first.sync(file);
  await first.write(file, randomPiece(2));
  await first.write(fileId('b'), randomPiece(0));

  const second = await openStore(t, directory);
  assert.deepEqual(second.list(), [{ file, parts: [{ first: 0, last: 1 }], shared: false }]);
  await assertHolds(second, synced);
  assert.deepEqual((await readdir(directory)).sort(), [`${file}.data`, `${file}.index`]);
});

test('bytes that do not have their hash are not kept', async (t) => {
  const store = await openStore(t, tempFolder(t));
  const wrong = { ...randomPiece(0), sha1: sha1(Buffer.from('other bytes')) };
  await assert.rejects(store.write(file, wrong), failsWith('corrupt'));
  assert.deepEqual(store.list(), []);
  await assert.rejects(store.read(file, 0, new Uint8Array(1000)), failsWith('not-found'));
});

test('a piece with another hash replaces the one before only when it is whole', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const [old, next] = [randomPiece(0), randomPiece(0, 700, 0)];
  await store.write(file, old);
  await store.sync(file);
  await assert.rejects(store.write(file, { ...next, sha1: sha1(Buffer.from('other bytes')) }), failsWith('corrupt'));
  await assertHolds(store, [old]);
  await store.write(file, next);
  await assertHolds(store, [next]);
  await assertHolds(await openStore(t, directory), [old]);
  await store.sync(file);
  await assertHolds(await openStore(t, directory), [next]);
});

test('the same piece again repairs a copy that went bad on the disk', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const piece = randomPiece(0);
  await store.write(file, piece);
  await writeFile(join(directory, `${file}.data`), new Uint8Array(1000));
  await store.write(file, piece);
  await assertHolds(store, [piece]);
});

test('pieces whose offsets contradict each other do no harm to each other', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const pieces = [randomPiece(0, 5000, 0), randomPiece(1, 5000, 100), randomPiece(2, 10, 4999)];
  for (const piece of pieces) await store.write(file, piece);
  await store.sync(file);
  await assertHolds(store, pieces);
  await assertHolds(await openStore(t, directory), pieces);
});

test('the same piece from two sides at once is one piece', async (t) => {
  const store = await openStore(t, tempFolder(t));
  const [one, other] = [randomPiece(0), randomPiece(0)];
  await Promise.all([store.write(file, one), store.write(file, other), store.write(file, one)]);
  await assertHolds(store, [one]);
});

test('a data file that ends too early: not listed after a restart, corrupt before it', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const pieces = [randomPiece(0), randomPiece(1)];
  for (const piece of pieces) await store.write(file, piece);
  await store.sync(file);
  await truncate(join(directory, `${file}.data`), 1999);
  await assert.rejects(read(store, file, 1), failsWith('corrupt'));
  await assertHolds(store, pieces.slice(0, 1));
  for (const each of [store, await openStore(t, directory)]) {
    assert.deepEqual(each.list(), [{ file, parts: [{ first: 0, last: 0 }], shared: false }]);
  }
});

test('symbolic links are not followed', async (t) => {
  const directory = tempFolder(t);
  const target = join(tempFolder(t), 'target');
  await writeFile(target, 'untouched');
  const store = await openStore(t, directory);
  await symlink(target, join(directory, `${file}.data`));
  await assert.rejects(store.write(file, randomPiece(0)), failsWith('io'));
  assert.deepEqual(store.list(), []);
  assert.equal(await readFile(target, 'utf8'), 'untouched');
});

test('other files in the directory are left alone', async (t) => {
  const directory = tempFolder(t);
  const names = ['requests', `${'A'.repeat(40)}.data`, `${file}.data.txt`, 'data'];
  for (const name of names) await writeFile(join(directory, name), 'mine');
  const store = await openStore(t, directory);
  assert.deepEqual(store.list(), []);
  assert.deepEqual((await readdir(directory)).sort(), [...names].sort());
});

test('a dropped file is gone, also from the disk, and can come again', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  await store.write(file, randomPiece(0));
  await store.sync(file);
  await store.drop(file);
  assert.deepEqual(store.list(), []);
  assert.deepEqual(await readdir(directory), []);
  await store.drop(file);
  const again = randomPiece(4);
  await store.write(file, again);
  await assertHolds(store, [again]);
});

test('dropping waits for what is being read and written, and goes before what comes after', async (t) => {
  const directory = tempFolder(t);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const calls = watchedFiles((call) => (call.name === 'read' && call.file === `${file}.data` ? held : undefined));
  const store = await openStore(t, directory, calls);
  const [old, next] = [randomPiece(0), randomPiece(1)];
  await store.write(file, old);
  const reading = read(store, file, 0);
  const dropping = store.drop(file);
  const writing = store.write(file, next);
  release();
  assert.deepEqual(Buffer.from(await reading), old.bytes);
  await dropping;
  await writing;
  assert.deepEqual(store.list(), [{ file, parts: [{ first: 1, last: 1 }], shared: false }]);
  await assertHolds(store, [next]);
});

test('syncs that are asked for while one runs share the next one', async (t) => {
  let dataSyncs = 0;
  const calls = watchedFiles(({ name, file: path }) => {
    if (name === 'datasync' && path === `${file}.data`) dataSyncs += 1;
  });
  const store = await openStore(t, tempFolder(t), calls);
  await store.write(file, randomPiece(0));
  const running = store.sync(file);
  await store.write(file, randomPiece(1));
  await Promise.all([running, ...Array.from({ length: 10 }, () => store.sync(file))]);
  assert.equal(dataSyncs, 2);
});

const recordOf = ({ bytes, ...piece }: PieceToStore): PieceRecord => ({ ...piece, size: bytes.length });

test('a complete file is taken over without copying it', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const pieces = [randomPiece(0), randomPiece(1), randomPiece(2, 10, 2000)];
  const path = join(directory, 'upload-1');
  await writeFile(path, Buffer.concat(pieces.map(({ bytes }) => bytes)));
  const { ino } = await stat(path);
  await store.adopt(file, path, pieces.map(recordOf));
  assert.deepEqual(store.list(), [{ file, parts: [{ first: 0, last: 2 }], shared: false }]);
  await store.sync(file);
  const again = await openStore(t, directory);
  await assertHolds(again, pieces);
  assert.equal((await stat(join(directory, `${file}.data`))).ino, ino);
});

test('where pieces are kept, a complete file is copied to them: the last good copies are not given away', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const pieces = [randomPiece(0), randomPiece(1), randomPiece(2, 10, 2000)];
  await store.write(file, pieces[1] as PieceToStore);
  await store.sync(file);
  const path = join(directory, 'upload-1');
  await writeFile(path, Buffer.concat(pieces.map(({ bytes }) => bytes)));
  const { ino } = await stat(join(directory, `${file}.data`));
  await store.adopt(file, path, pieces.map(recordOf));
  assert.deepEqual(store.list(), [{ file, parts: [{ first: 0, last: 2 }], shared: false }]);
  await assertHolds(store, pieces);
  assert.deepEqual((await readdir(directory)).sort(), [`${file}.data`, `${file}.index`]);
  assert.equal((await stat(join(directory, `${file}.data`))).ino, ino);
});

test('a file that is too short for its pieces is not taken over', async (t) => {
  const directory = tempFolder(t);
  const store = await openStore(t, directory);
  const kept = randomPiece(0);
  await store.write(file, kept);
  await writeFile(join(directory, 'upload-1'), 'short');
  const adopting = store.adopt(file, join(directory, 'upload-1'), [
    { pieceIndex: 0, offset: 0, size: 6, sha1: kept.sha1 },
  ]);
  await assert.rejects(adopting, failsWith('corrupt'));
  await assertHolds(store, [kept]);
});

/** 40 MiB: more than is written before the disk is told to begin. */
const manyPieces = Array.from({ length: 40 }, (_, pieceIndex) => randomPiece(pieceIndex, 1024 * 1024));

test('the disk begins to write before anybody asks for a sync', async (t) => {
  let dataSyncs = 0;
  const calls = watchedFiles(({ name }) => {
    if (name === 'datasync') dataSyncs += 1;
  });
  const store = await openStore(t, tempFolder(t), calls);
  for (const piece of manyPieces) await store.write(file, piece);
  assert.equal(dataSyncs, 1);
});

test('when the disk fails at that, the next sync fails, although the system tells of it only once', async (t) => {
  const directory = tempFolder(t);
  let faults = 1;
  const calls = watchedFiles(({ name }) => {
    if (name === 'datasync' && faults-- > 0) throw systemError('EIO');
  });
  const store = await openStore(t, directory, calls);
  for (const piece of manyPieces) await store.write(file, piece);
  await assert.rejects(store.sync(file), failsWith('io'));
  assert.deepEqual(store.list(), []);
  for (const piece of manyPieces) await store.write(file, piece);
  await store.sync(file);
  await assertHolds(await openStore(t, directory), manyPieces);
});

const writeFaults = [
  { name: 'a full disk', fault: 'ENOSPC', code: 'no-space' },
  { name: 'a full quota', fault: 'EDQUOT', code: 'no-space' },
  { name: 'a broken disk', fault: 'EIO', code: 'io' },
] as const;
for (const { name, fault, code } of writeFaults) {
  test(`a piece that could not be written is not listed, and can be written later: ${name}`, async (t) => {
    let broken = true;
    const calls = watchedFiles((call) => {
      if (broken && call.name === 'write') throw systemError(fault);
    });
    const store = await openStore(t, tempFolder(t), calls);
    const piece = randomPiece(0);
    await assert.rejects(store.write(file, piece), failsWith(code));
    assert.deepEqual(store.list(), []);
    broken = false;
    await store.write(file, piece);
    await store.sync(file);
    await assertHolds(store, [piece]);
  });
}

const syncFaults = [
  { name: 'the data', call: 'datasync', path: `${file}.data` },
  { name: 'writing the index', call: 'write', path: `${file}.index` },
  { name: 'the index', call: 'datasync', path: `${file}.index` },
];
for (const { name, call: faulty, path } of syncFaults) {
  test(`pieces that could not be made durable are given up, those before are kept: ${name}`, async (t) => {
    const directory = tempFolder(t);
    let broken = false;
    const calls = watchedFiles((call) => {
      if (broken && call.name === faulty && call.file === path) throw systemError('EIO');
    });
    const store = await openStore(t, directory, calls);
    const [kept, lost, later] = [randomPiece(0), randomPiece(1), randomPiece(2)];
    await store.write(file, kept);
    await store.sync(file);
    broken = true;
    await store.write(file, lost);
    await assert.rejects(store.sync(file), failsWith('io'));
    assert.deepEqual(store.list(), [{ file, parts: [{ first: 0, last: 0 }], shared: false }]);
    broken = false;
    for (const piece of [later, lost]) await store.write(file, piece);
    await store.sync(file);
    for (const each of [store, await openStore(t, directory)]) await assertHolds(each, [kept, lost, later]);
  });
}
