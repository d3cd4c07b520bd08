/** Pieces that are given up one by one: out of the list, then out of the index, then off the disk. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PieceToStore } from '../../bytes/pieces.ts';
import type { FileCalls } from '../files/calls.ts';
import { fileId, randomPiece } from '../files/files.testing.ts';
import { type FileCall, systemError, watchedFiles } from '../files/watched-files.ts';
import { type Log, silentLog } from '../log.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { encodeGoneLine, encodePieceLine } from './index-line.ts';
import { PieceStore } from './piece-store.ts';

const file = fileId('a');
const size = 64 * 1024;

async function openStore(t: TestContext, directory: string, calls?: FileCalls, log: Log = silentLog) {
  const store = await PieceStore.open(directory, { log, ...(calls && { calls }) });
  t.after(() => store.close());
  return store;
}

/** A store with `count` pieces, synced. */
async function fullStore(t: TestContext, count: number, calls?: FileCalls, log?: Log) {
  const directory = tempFolder(t);
  const store = await openStore(t, directory, calls, log);
  const pieces = Array.from({ length: count }, (_, pieceIndex) => randomPiece(pieceIndex, size));
  for (const piece of pieces) await store.write(file, piece);
  await store.sync(file);
  return { directory, store, pieces, dataPath: join(directory, `${file}.data`) };
}

async function drop(store: PieceStore, parts: Iterable<number>): Promise<void> {
  for (const pieceIndex of parts) await store.dropPiece(file, pieceIndex);
  await store.sync(file);
}

async function read(store: PieceStore, pieceIndex: number): Promise<Buffer> {
  const into = Buffer.alloc(store.piece(file, pieceIndex)?.size ?? 0);
  await store.read(file, pieceIndex, into);
  return into;
}

const onLinux = { skip: process.platform !== 'linux' && 'only Linux can punch holes' };

test('the space of dropped pieces is free after a sync, a hole for each run of neighbours', onLinux, async (t) => {
  const holes: unknown[] = [];
  const calls = watchedFiles(({ name, values }) => void (name === 'punchHoles' && holes.push(values[1])));
  const { store, pieces, dataPath } = await fullStore(t, 16, calls);
  const before = await stat(dataPath);
  await drop(store, [12, 3, 5, 4]);
  const runs = [
    { offset: 3 * size, size: 3 * size },
    { offset: 12 * size, size },
  ];
  assert.deepEqual(holes, [runs]);
  const after = await stat(dataPath);
  assert.equal(after.size, before.size);
  assert.equal(before.blocks - after.blocks, (4 * size) / 512);
  for (const piece of pieces) {
    if (store.piece(file, piece.pieceIndex) !== undefined)
      assert.deepEqual(await read(store, piece.pieceIndex), piece.bytes);
  }
});

test('a piece stored again after a sync lies where it lay', async (t) => {
  const { store, pieces } = await fullStore(t, 3);
  await drop(store, [1]);
  for (const piece of pieces) await store.write(file, piece);
  assert.equal(store.piece(file, 1)?.offset, size);
});

test('a dropped piece is gone after a restart, and one that was not synced is back', async (t) => {
  const { store, directory } = await fullStore(t, 3);
  await drop(store, [0]);
  await store.dropPiece(file, 1);
  const ranges = (await openStore(t, directory)).list(file).flatMap(({ parts }) => parts);
  assert.deepEqual(ranges, [{ first: 1, last: 2 }]);
});

test('with the last piece the files go', async (t) => {
  const { store, directory } = await fullStore(t, 2);
  await drop(store, [0, 1]);
  assert.deepEqual(await readdir(directory), []);
});

test('a piece that is being written when the last one is dropped stays', async (t) => {
  const [begun, release] = [gate(), gate()];
  let held = false;
  const calls = watchedFiles(async ({ name, file: where }) => {
    if (!held || name !== 'write' || where !== `${file}.data`) return;
    begun.open();
    await release.opened;
  });
  const { store, directory } = await fullStore(t, 1, calls);
  held = true;
  const next = randomPiece(1, size);
  const writing = store.write(file, next);
  await begun.opened;
  await drop(store, [0]);
  release.open();
  await writing;
  await store.sync(file);
  assert.deepEqual(await read(await openStore(t, directory), 1), next.bytes);
});

test('what is being read when it is dropped is read whole', async (t) => {
  const order: string[] = [];
  const [begun, written, release] = [gate(), gate(), gate()];
  const before = async ({ name, file: where }: FileCall): Promise<void> => {
    if (name === 'punchHoles') order.push('hole');
    if (name !== 'read' || where !== `${file}.data`) return;
    order.push('reading');
    begun.open();
    await release.opened;
  };
  const after = ({ name, file: where }: FileCall): void => {
    if (name === 'read' && where === `${file}.data`) order.push('read');
    if (name === 'datasync' && where === `${file}.index` && order.length > 0) written.open();
  };
  const { store, pieces } = await fullStore(t, 2, watchedFiles(before, after));
  const reading = read(store, 0);
  await begun.opened;
  const dropping = drop(store, [0]);
  await written.opened;
  await store.write(file, randomPiece(5, size)); // by now a sync that waits for nobody would have begun the hole
  release.open();
  assert.deepEqual(await reading, pieces[0]?.bytes);
  await dropping;
  assert.deepEqual(order, ['reading', 'read', 'hole']);
});

test('where no hole can be punched the place is used again, and the log says so once', async (t) => {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => void warnings.push(message) };
  const calls = watchedFiles(({ name }) => {
    if (name === 'punchHoles') throw systemError('ENOENT');
  });
  const { store, pieces } = await fullStore(t, 3, calls, log);
  await drop(store, [0]);
  await drop(store, [1]);
  assert.deepEqual(warnings, ['the space of dropped pieces stays taken until their files go']);
  for (const piece of pieces) await store.write(file, piece);
  for (const { pieceIndex, offset } of pieces) assert.equal(store.piece(file, pieceIndex)?.offset, offset);
});

for (const failing of ['write', 'datasync']) {
  test(`a sync that cannot tell the index (${failing}) leaves the place alone, and the next one tells it`, async (t) => {
    let broken = false;
    const holes: string[] = [];
    const calls = watchedFiles(({ name, file: where }) => {
      if (name === 'punchHoles') holes.push(where);
      if (broken && name === failing && where.endsWith('.index')) throw systemError('EIO');
    });
    const { store, directory } = await fullStore(t, 3, calls);
    broken = true;
    await assert.rejects(drop(store, [0]), { name: 'StoreError', code: 'io' });
    assert.equal(store.piece(file, 0), undefined);
    assert.deepEqual(holes, []);
    broken = false;
    await store.sync(file);
    assert.deepEqual(holes, [`${file}.data`]);
    assert.equal((await openStore(t, directory)).piece(file, 0), undefined);
  });
}

test('a piece stored in the place of another, and given up by a failed sync, leaves that place alone', async (t) => {
  let broken = false;
  const calls = watchedFiles(({ name, file: where }) => {
    if (broken && name === 'datasync' && where.endsWith('.index')) throw systemError('EIO');
  });
  const { store, directory, pieces } = await fullStore(t, 2, calls);
  await store.write(file, randomPiece(0, size));
  broken = true;
  await assert.rejects(store.sync(file));
  broken = false;
  await store.write(file, randomPiece(2, size, 0));
  await store.sync(file);
  assert.deepEqual(await read(await openStore(t, directory), 0), pieces[0]?.bytes, 'the index still names it');
});

test('of a shared file nothing is given up', async (t) => {
  const store = await openStore(t, tempFolder(t));
  const path = join(tempFolder(t), 'mine');
  const piece = randomPiece(0);
  await writeFile(path, piece.bytes);
  await store.share(file, await store.origin(path), [{ ...piece, size: 1000 }]);
  await drop(store, [0]);
  assert.deepEqual(await read(store, 0), piece.bytes);
  assert.deepEqual(await readFile(path), piece.bytes);
});

/** A promise, and the means to settle it. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** A directory in which a process left an index of these lines, and the bytes of four pieces. */
async function leftBehind(t: TestContext, lines: readonly string[]): Promise<string> {
  const directory = tempFolder(t);
  await writeFile(join(directory, `${file}.index`), lines.join(''));
  await writeFile(join(directory, `${file}.data`), Buffer.alloc(4 * size));
  return directory;
}

const pieceLine = (pieceIndex: number) =>
  encodePieceLine({ pieceIndex, offset: pieceIndex * size, size, sha1: '0'.repeat(40) });

test('a place that was free at the start is used for something else only after the next', async (t) => {
  const directory = await leftBehind(t, [pieceLine(0), pieceLine(1), encodeGoneLine(0)]);
  const store = await openStore(t, directory);
  await store.write(file, randomPiece(0, size));
  assert.equal(store.piece(file, 0)?.offset, 2 * size);
});

test('files of which every piece was dropped are removed at the start', async (t) => {
  const directory = await leftBehind(t, [pieceLine(0), pieceLine(1), encodeGoneLine(1), encodeGoneLine(0)]);
  await openStore(t, directory);
  assert.deepEqual(await readdir(directory), []);
});

/** The lines of a piece that came and went six hundred times, and of one that stayed. */
const worn = [pieceLine(1), ...Array.from({ length: 600 }, () => pieceLine(0) + encodeGoneLine(0)), pieceLine(0)];

test('an index of lines that count no more is made short at the start', async (t) => {
  const directory = await leftBehind(t, worn);
  await writeFile(join(directory, `${file}.index.new`), 'half of');
  const store = await openStore(t, directory);
  assert.equal(await readFile(join(directory, `${file}.index`), 'utf8'), pieceLine(1) + pieceLine(0));
  await drop(store, [1]);
  const again = await openStore(t, directory);
  assert.deepEqual(again.list(file), [{ file, parts: [{ first: 0, last: 0 }], shared: false }]);
  assert.deepEqual((await readdir(directory)).sort(), [`${file}.data`, `${file}.index`]);
});

for (const failing of ['rename', 'sync'] as const) {
  test(`an index that cannot be made short (${failing}) stays long, and good`, async (t) => {
    const directory = await leftBehind(t, [...worn, 'half a line']);
    let broken = true;
    const at = { rename: join(directory, `${file}.index.new`), sync: directory }[failing];
    const calls = watchedFiles(({ name, path }) => {
      if (broken && name === failing && path === at) throw systemError('ENOSPC');
    });
    const store = await openStore(t, directory, calls);
    broken = false;
    await drop(store, [1]);
    const again = await openStore(t, directory);
    assert.deepEqual(again.list(file), [{ file, parts: [{ first: 0, last: 0 }], shared: false }]);
  });
}

test('the remains of an index that was being made short go with the file', async (t) => {
  const directory = tempFolder(t);
  await writeFile(join(directory, `${file}.index.new`), 'half of');
  await openStore(t, directory);
  assert.deepEqual(await readdir(directory), []);
});

test('a piece is verified on the disk, kept or shared', async (t) => {
  const { store, pieces, dataPath } = await fullStore(t, 2);
  const [{ sha1: good, bytes }, { sha1: other }] = pieces as [PieceToStore, PieceToStore];
  await store.verify(file, 0, good);
  await assert.rejects(store.verify(file, 0, other), { name: 'StoreError', code: 'corrupt' });
  await assert.rejects(store.verify(file, 2, good), { name: 'StoreError', code: 'not-found' });
  const rotten = await readFile(dataPath);
  rotten[100] = ~(rotten[100] as number); // another byte than before, whatever the random piece has there
  await writeFile(dataPath, rotten);
  await assert.rejects(store.verify(file, 0, good), { name: 'StoreError', code: 'corrupt' });
  await store.verify(file, 1, other);

  const lent = fileId('b');
  const path = join(tempFolder(t), 'mine');
  await writeFile(path, bytes);
  await store.share(lent, await store.origin(path), [{ pieceIndex: 0, offset: 0, size, sha1: good }]);
  await store.verify(lent, 0, good);
  await assert.rejects(store.verify(lent, 0, other), { name: 'StoreError', code: 'corrupt' });
});
