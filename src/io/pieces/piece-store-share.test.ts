import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PieceRecord } from '../../bytes/pieces.ts';
import { fileId, randomPiece } from '../files/files.testing.ts';
import { silentLog } from '../log.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { PieceStore } from './piece-store.ts';

const file = fileId('a');
const pieces = [randomPiece(0), randomPiece(1), randomPiece(2, 10, 2000)];
const content = Buffer.concat(pieces.map(({ bytes }) => bytes));
const records: PieceRecord[] = pieces.map(({ bytes, ...piece }) => ({ ...piece, size: bytes.length }));
const listed = [{ file, parts: [{ first: 0, last: 2 }], shared: true }];

/** A store that shares a file of the user's. */
async function sharing(t: TestContext): Promise<{ store: PieceStore; directory: string; path: string }> {
  const directory = tempFolder(t);
  const path = join(tempFolder(t), 'my file.iso');
  await writeFile(path, content);
  const store = await open(t, directory);
  await store.share(file, await store.origin(path), records);
  return { store, directory, path };
}

async function open(t: TestContext, directory: string): Promise<PieceStore> {
  const store = await PieceStore.open(directory, { log: silentLog });
  t.after(() => store.close());
  return store;
}

async function assertReads(store: PieceStore): Promise<void> {
  for (const { pieceIndex, bytes } of pieces) {
    const into = Buffer.alloc(bytes.length);
    await store.read(file, pieceIndex, into);
    assert.deepEqual(into, bytes);
  }
}

test('a shared file is read where it lies, also after a restart', async (t) => {
  const { store, directory, path } = await sharing(t);
  for (const each of [store, await open(t, directory)]) {
    assert.deepEqual(each.list(), listed);
    assert.equal(await each.sharedAs(path), file);
    await assertReads(each);
  }
  assert.deepEqual(await readdir(directory), [`${file}.shared`]);
});

test('a shared file is found under any path that leads to it', async (t) => {
  const { store, path } = await sharing(t);
  const link = `${path}.link`;
  await symlink(path, link);
  assert.equal(await store.sharedAs(link), file);
  assert.equal(await store.sharedAs(`${path}.other`), undefined);
});

const changes = [
  { name: 'longer', change: (path: string) => appendFile(path, 'x') },
  { name: 'other content', change: (path: string) => writeFile(path, content.toReversed()) },
  { name: 'touched', change: (path: string) => utimes(path, 1, 1) },
  { name: 'removed', change: (path: string) => rm(path) },
  { name: 'moved away', change: (path: string) => rename(path, `${path}.moved`) },
];
for (const { name, change } of changes) {
  test(`a shared file that has changed is shared no longer: ${name}`, async (t) => {
    const { store, directory, path } = await sharing(t);
    const other = await open(t, directory);
    await change(path);
    await assert.rejects(other.read(file, 0, new Uint8Array(1000)), { name: 'StoreError', code: 'not-found' });
    assert.deepEqual(other.list(), [], 'seen when it is read');
    await store.checkShared();
    assert.deepEqual(store.list(), [], 'seen when it is looked at');
    assert.deepEqual((await open(t, directory)).list(), [], 'seen at the start');
    assert.equal(await store.sharedAs(path), undefined);
  });
}

test('dropping a shared file forgets it and leaves it where it is', async (t) => {
  const { store, directory, path } = await sharing(t);
  await store.drop(file);
  assert.deepEqual(store.list(), []);
  assert.deepEqual(await readdir(directory), []);
  assert.deepEqual(await readFile(path), content);
});

test('pieces kept of a shared file are copies of our own: the shared file is not written', async (t) => {
  const { store, path } = await sharing(t);
  for (const piece of pieces) {
    assert.deepEqual(store.list(), listed, 'lent as long as that is more than what is kept');
    await store.write(file, piece);
  }
  assert.deepEqual(store.list(), [{ ...listed[0], shared: false }]);
  await rm(path);
  await assertReads(store);
});

test('what cannot be shared: a folder, and what is not there', async (t) => {
  const directory = tempFolder(t);
  const store = await open(t, directory);
  for (const path of [directory, join(directory, 'nothing')]) {
    await assert.rejects(store.origin(path), { name: 'StoreError', code: 'not-found' });
  }
});

test('a damaged note of a shared file shares nothing that is not sure', async (t) => {
  const { directory } = await sharing(t);
  const notePath = join(directory, `${file}.shared`);
  const lines = (await readFile(notePath, 'latin1')).split('\n');
  await writeFile(notePath, lines.map((line, index) => (index === 2 ? line.slice(1) : line)).join('\n'));
  assert.deepEqual((await open(t, directory)).list()[0]?.parts, [
    { first: 0, last: 0 },
    { first: 2, last: 2 },
  ]);
  await writeFile(notePath, lines.slice(1).join('\n'));
  assert.deepEqual((await open(t, directory)).list(), []);
});
