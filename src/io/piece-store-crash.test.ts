/**
 * What a store finds after a crash: every piece it lists is there and has its hash, and every piece that a sync had
 * answered for is listed.
 */
import assert from 'node:assert/strict';
import { copyFile, cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type PieceToStore, partRanges } from '../bytes/pieces.ts';
import { fileId, randomPiece, sha1 } from './files.testing.ts';
import { silentLog } from './log.ts';
import { PieceStore } from './piece-store.ts';
import { PowerLoss, restore } from './power-loss.testing.ts';
import { tempFolder } from './temp-folder.testing.ts';

const file = fileId('a');
const dataName = `${file}.data`;
const indexName = `${file}.index`;

/** Opens the store in `directory` and says which pieces it has; fails if one is not what the index says it is. */
async function holdsWhatItLists(directory: string): Promise<number[]> {
  const store = await PieceStore.open(directory, { log: silentLog });
  try {
    const parts: number[] = [];
    for (const { first, last } of store.list(file).flatMap((held) => held.parts)) {
      for (let part = first; part <= last; part += 1) {
        const piece = store.piece(file, part);
        const into = new Uint8Array(piece?.size ?? 0);
        await store.read(file, part, into);
        assert.equal(sha1(into), piece?.sha1, `piece ${part} is not what the index says`);
        parts.push(part);
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
  for (let part = 0; part < 5; part += 1) {
    await store.write(file, randomPiece(part, 100));
    if (part % 2 === 0) await store.sync(file);
  }
  await store.close();
  return directory;
}

/** A store on a disk whose every state after every file call is looked at as after a power failure. */
class FailingPower {
  /** What syncs have answered for: pieces that are there, and pieces that are gone. */
  readonly kept = new Set<number>();
  readonly gone = new Set<number>();
  readonly disk: PowerLoss;
  store!: PieceStore;
  moments = 0;
  readonly #images: string;
  /** Kept apart: the store itself passes over a hole that cannot be punched. */
  readonly #faults: unknown[] = [];

  static async start(t: TestContext): Promise<FailingPower> {
    const directory = tempFolder(t);
    const power = new FailingPower(directory, tempFolder(t));
    power.store = await PieceStore.open(directory, { log: silentLog, calls: power.disk.calls });
    return power;
  }

  private constructor(directory: string, images: string) {
    this.#images = images;
    this.disk = new PowerLoss(directory, () => this.#look().catch((error) => this.#faults.push(error)));
  }

  async put(...pieces: readonly PieceToStore[]): Promise<void> {
    for (const { part } of pieces) this.gone.delete(part);
    for (const piece of pieces) await this.store.write(file, piece);
    await this.store.sync(file);
    for (const { part } of pieces) this.kept.add(part);
    this.check();
  }

  async drop(...parts: readonly number[]): Promise<void> {
    for (const part of parts) this.kept.delete(part);
    for (const part of parts) await this.store.dropPiece(file, part);
    await this.store.sync(file);
    for (const part of parts) this.gone.add(part);
    this.check();
  }

  /** Fails with what was wrong at the first moment at which something was. */
  check(): void {
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  async #look(): Promise<void> {
    for (const { name, image } of await this.disk.images()) {
      this.moments += 1;
      const directory = join(this.#images, String(this.moments));
      await restore(image, directory);
      const found = await holdsWhatItLists(directory);
      for (const part of this.kept) assert.ok(found.includes(part), `piece ${part} is lost: ${name}`);
      for (const part of this.gone) assert.ok(!found.includes(part), `piece ${part} is back: ${name}`);
    }
  }
}

test('the power may fail at any moment', async (t) => {
  const power = await FailingPower.start(t);
  await power.put(randomPiece(0), randomPiece(1));
  await power.put(randomPiece(2));
  // Another piece 1: the old one must stay whole until the new one is durable.
  await power.put(randomPiece(1), randomPiece(3));
  await power.store.write(file, randomPiece(4));
  await power.store.close();
  power.check();
  assert.ok(power.moments > 50, `${power.moments} moments`);
});

test('the power may fail at any moment while pieces are dropped', async (t) => {
  const power = await FailingPower.start(t);
  const [first, last] = [randomPiece(0), randomPiece(3)];
  await power.put(first, randomPiece(1), randomPiece(2), last);
  await power.drop(0, 2);
  // The same bytes again, to the place that was just freed; and a piece dropped and stored between two syncs.
  await power.store.dropPiece(file, 3);
  await power.put(first, last);
  await power.drop(3);
  await power.drop(0, 1);
  assert.deepEqual(power.store.list(), []);
  await power.put(first);
  await power.store.close();
  power.check();
  assert.ok(power.moments > 100, `${power.moments} moments`);
});

test('control: a hole punched before the index is safe is found out', async (t) => {
  const power = await FailingPower.start(t);
  await power.put(randomPiece(0), randomPiece(1));
  power.disk.unsafe.add(indexName);
  await assert.rejects(power.drop(0), /piece 0 is not what the index says/);
  await power.store.close();
});

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
    const part = next() % 8;
    return store.write(file, randomPiece(part, 50 + (next() % 100), part * 100));
  });
  await Promise.all(steps);
  await store.sync(file);
  const before = store.list(file).flatMap(({ parts }) => parts);
  await store.close();
  assert.ok(before.length > 0);
  const after = await holdsWhatItLists(directory);
  assert.deepEqual(partRanges(after), before);
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
    const expected = Array.from({ length: wholeLines }, (_, part) => part);
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
});
