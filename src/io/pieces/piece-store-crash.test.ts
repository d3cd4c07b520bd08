/**
 * A store after a crash: every piece that it lists is there and has its hash, and every piece that a sync had answered
 * for is listed. (What a power loss may leave of one: `drill/power-loss/stories.test.ts`.)
 */
import assert from 'node:assert/strict';
import { copyFile, cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pieceRanges } from '../../bytes/pieces.ts';
import { fileId, randomPiece, sha1 } from '../files/files.testing.ts';
import { silentLog } from '../log.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { PieceStore } from './piece-store.ts';

const file = fileId('a');
const dataName = `${file}.data`;
const indexName = `${file}.index`;

/** Opens the store in `directory` and says which pieces it has; fails if one is not what the index says it is. */
async function holdsWhatItLists(directory: string): Promise<number[]> {
  const store = await PieceStore.open(directory, { log: silentLog });
  try {
    const parts: number[] = [];
    for (const { first, last } of store.list(file).flatMap((held) => held.parts)) {
      for (let pieceIndex = first; pieceIndex <= last; pieceIndex += 1) {
        const piece = store.piece(file, pieceIndex);
        const into = new Uint8Array(piece?.size ?? 0);
        await store.read(file, pieceIndex, into);
        assert.equal(sha1(into), piece?.sha1, `piece ${pieceIndex} is not what the index says`);
        parts.push(pieceIndex);
      }
    }
    return parts;
  } finally {
    await store.close();
  }
}

/** A store with pieces 0 to 4, all synced. */
async function fullStore(t: TestContext): Promise<string> {
  const directory = tempFolder(t);
  const store = await PieceStore.open(directory, { log: silentLog });
  for (let pieceIndex = 0; pieceIndex < 5; pieceIndex += 1) {
    await store.write(file, randomPiece(pieceIndex, 100));
    if (pieceIndex % 2 === 0) await store.sync(file);
  }
  await store.close();
  return directory;
}

test('whatever is done at the same time, what is listed is there', async (t) => {
  const directory = tempFolder(t);
  const store = await PieceStore.open(directory, { log: silentLog });
  const next = numbers(1);
  const steps = Array.from({ length: 400 }, async () => {
    const step = next() % 20;
    if (step === 0) return store.drop(file);
    if (step < 4) return store.sync(file);
    if (step < 7) return store.dropPiece(file, next() % 8);
    // Few parts, sizes that differ: pieces replace each other, and want the same places.
    const pieceIndex = next() % 8;
    return store.write(file, randomPiece(pieceIndex, 50 + (next() % 100), pieceIndex * 100));
  });
  await Promise.all(steps);
  await store.sync(file);
  const before = store.list(file).flatMap(({ parts }) => parts);
  await store.close();
  assert.ok(before.length > 0);
  const after = await holdsWhatItLists(directory);
  assert.deepEqual(pieceRanges(after), before);
});

/** Numbers that look random and are the same every time (a linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 8;
  };
}

test('control: an index that tells of data that is not there is found out', async (t) => {
  const directory = await fullStore(t);
  assert.deepEqual(await holdsWhatItLists(directory), [0, 1, 2, 3, 4]);
  await writeFile(join(directory, dataName), new Uint8Array(500));
  await assert.rejects(holdsWhatItLists(directory), /piece 0 is not what the index says/);
});

test('an index cut at any byte loses only the pieces whose lines were cut', async (t) => {
  const directory = await fullStore(t);
  const index = await readFile(join(directory, indexName));
  const cut = join(tempFolder(t), 'cut');
  await cp(directory, cut, { recursive: true });
  for (let length = index.length; length > index.indexOf('\n'); length -= 1) {
    await truncate(join(cut, indexName), length);
    const wholeLines = index.subarray(0, length).toString().split('\n').length - 1;
    const expected = Array.from({ length: wholeLines }, (_, pieceIndex) => pieceIndex);
    assert.deepEqual(await holdsWhatItLists(cut), expected, `cut at ${length}`);
  }
});

test('what is stored after a cut is not spoilt by it', async (t) => {
  const directory = await fullStore(t);
  const indexPath = join(directory, indexName);
  await truncate(indexPath, (await readFile(indexPath)).length - 20);
  const store = await PieceStore.open(directory, { log: silentLog });
  await store.write(file, randomPiece(9, 100));
  await store.sync(file);
  await store.close();
  assert.deepEqual(await holdsWhatItLists(directory), [0, 1, 2, 3, 9]);
});

const damages = [
  { name: 'a changed digit', damage: (line: string) => line.replace(/ 100 /, ' 101 ') },
  { name: 'zero bytes', damage: (line: string) => '\0'.repeat(line.length) },
  { name: 'an empty line', damage: () => '' },
  { name: 'a line of another kind', damage: () => 'note 1 2 3' },
  { name: 'an endless line', damage: () => 'x'.repeat(1_000_000) },
];
for (const { name, damage } of damages) {
  test(`a damaged line of the index drops only its piece: ${name}`, async (t) => {
    const directory = await fullStore(t);
    const lines = (await readFile(join(directory, indexName), 'latin1')).split('\n');
    lines[2] = damage(lines[2] ?? '');
    await writeFile(join(directory, indexName), lines.join('\n'));
    assert.deepEqual(await holdsWhatItLists(directory), [0, 1, 3, 4]);
  });
}

test('an index without a whole line is what a kill leaves of a first sync: it goes, and its data too', async (t) => {
  const directory = await fullStore(t);
  const index = await readFile(join(directory, indexName));
  for (const length of [0, 1, index.indexOf('\n')]) {
    const cut = join(tempFolder(t), 'cut');
    await cp(directory, cut, { recursive: true });
    await truncate(join(cut, indexName), length);
    assert.deepEqual(await holdsWhatItLists(cut), []);
    assert.deepEqual(await readdir(cut), [], `cut at ${length}`);
  }
});

test('an index that is only damaged is left alone, and so is its data', async (t) => {
  const directory = await fullStore(t);
  await writeFile(join(directory, indexName), 'piece nonsense\n');
  assert.deepEqual(await holdsWhatItLists(directory), []);
  assert.deepEqual((await readdir(directory)).sort(), [dataName, indexName]);
});

test('data without an index, and an index without data, are nothing', async (t) => {
  const directory = await fullStore(t);
  const [onlyData, onlyIndex] = [tempFolder(t), tempFolder(t)];
  await copyFile(join(directory, dataName), join(onlyData, dataName));
  await copyFile(join(directory, indexName), join(onlyIndex, indexName));
  assert.deepEqual(await holdsWhatItLists(onlyData), []);
  assert.deepEqual(await holdsWhatItLists(onlyIndex), []);
  for (const folder of [onlyData, onlyIndex]) assert.deepEqual(await readdir(folder), [], 'and nobody keeps them');
});
