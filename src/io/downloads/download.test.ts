/** A download from its first piece to its final name, without accidents. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { watchedFiles } from '../files/watched-files.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import {
  allParts,
  assertComplete,
  assertReads,
  dataPath,
  noise,
  opened,
  partName,
  pieceBytes,
  pieceOf,
  sampleOf,
  singleSample,
  treeSample,
  writeParts,
} from './downloads.testing.ts';
import { openComplete } from './shared-torrent.ts';

const samples = [
  { name: 'one file', sample: singleSample() },
  { name: 'several files', sample: treeSample() },
  { name: 'a name of 255 bytes', sample: singleSample(`${'я'.repeat(127)}x`) },
  { name: 'a tree with a name of 255 bytes', sample: treeSample('x'.repeat(255)) },
  { name: 'nothing', sample: singleSample('empty', 0) },
  { name: 'only an empty file in a tree', sample: treeSample('tree', [{ path: ['a', 'b'], length: 0 }]) },
];
for (const { name, sample } of samples) {
  test(`what was written is read at once, and whole under its name at the end: ${name}`, async (t) => {
    const directory = join(tempFolder(t), 'new', 'folder');
    const download = await opened(t, sample, directory);
    for (const pieceIndex of allParts(sample).reverse()) {
      assert.ok(!download.have.has(pieceIndex));
      assert.ok(!existsSync(join(directory, sample.file.name)), 'not before it is whole');
      const bytes = Buffer.from(pieceOf(sample, pieceIndex));
      await download.write(pieceIndex, bytes);
      bytes.fill(0); // It is the caller's again.
      assert.ok(download.have.has(pieceIndex));
      await assertReads(download, sample);
    }
    assert.ok(download.have.full);
    assert.equal((await download.finish()).path, join(directory, sample.file.name));
    assertComplete(join(directory, sample.file.name), sample);
    assert.deepEqual(readdirSync(directory), [sample.file.name]);
    await download.close();
    await assert.rejects(download.write(0, new Uint8Array()), /used after it was closed/);
  });
}

test('many pieces are written at once', async (t) => {
  const sample = treeSample();
  const download = await opened(t, sample, tempFolder(t));
  await Promise.all(allParts(sample).map((pieceIndex) => download.write(pieceIndex, pieceOf(sample, pieceIndex))));
  await assertReads(download, sample);
  assertComplete((await download.finish()).path, sample);
});

test('a piece goes to the disk as it is: not copied, in one call for each file', async (t) => {
  const sample = singleSample();
  const written: unknown[] = [];
  const calls = watchedFiles(({ name, path, values }) => {
    if (name === 'write' && path.includes('/data/')) written.push(values[0]);
  });
  const download = await opened(t, sample, tempFolder(t), { calls });
  const bytes = Buffer.from(pieceOf(sample, 1));
  await download.write(1, bytes);
  assert.equal(written.length, 1);
  const [given] = written as [Uint8Array];
  assert.ok(given.buffer === bytes.buffer && given.byteOffset === bytes.byteOffset && given.length === bytes.length);
});

test('files are as large as they will be from the start, and take no room', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  await opened(t, sample, directory);
  const { size, blocks } = statSync(join(dataPath(directory, sample), 'fourth'));
  assert.deepEqual({ size, blocks }, { size: 21_000, blocks: 0 });
  assert.ok(!existsSync(join(dataPath(directory, sample), '.pad')));
});

test('what others may read is what the umask says, and nothing before it is whole', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  const download = await opened(t, sample, directory);
  assert.equal(statSync(join(directory, partName(sample))).mode & 0o777, 0o700);
  await writeParts(download, sample, allParts(sample));
  assert.equal(statSync((await download.finish()).path).mode & 0o777, 0o666 & ~process.umask());
});

test('thousands of files need few descriptors', async (t) => {
  const files = Array.from({ length: 1000 }, (_, index) => ({ path: [`d${index % 10}`, `f${index}`], length: 97 }));
  const sample = treeSample('many', files);
  const counts = { open: 0, most: 0 };
  const calls = watchedFiles(
    ({ name, path }) => {
      if (name === 'open' && path.includes('/data/')) counts.open += 1;
      counts.most = Math.max(counts.most, counts.open);
    },
    ({ name, path }) => {
      if (name === 'close' && path.includes('/data/')) counts.open -= 1;
    },
  );
  const download = await opened(t, sample, tempFolder(t), { calls });
  await Promise.all(allParts(sample).map((pieceIndex) => download.write(pieceIndex, pieceOf(sample, pieceIndex))));
  await assertReads(download, sample);
  assertComplete((await download.finish()).path, sample);
  assert.ok(counts.most < 100, `${counts.most} at once`);
  assert.equal(counts.open, 0);
});

test('what is no piece is a mistake of the caller', async (t) => {
  const sample = singleSample();
  const download = await opened(t, sample, tempFolder(t));
  await assert.rejects(download.write(0, new Uint8Array(pieceBytes - 1)), RangeError);
  await assert.rejects(download.write(4, new Uint8Array(pieceBytes)), RangeError, 'the last one is shorter');
  await assert.rejects(download.read(0, new Uint8Array(pieceBytes)), RangeError, 'it is not there');
  assert.equal(download.have.count, 0);
  await assert.rejects(download.finish(), /finished with 0 of 5 pieces/);
  await writeParts(download, sample, allParts(sample));
  assertComplete((await download.finish()).path, sample);
});

test('a padding that is not zeros cannot be kept: what was hashed could never be read again', async (t) => {
  const files = [
    { length: 5000, path: ['a'] },
    { length: 5000, path: ['pad'], attr: 'p' },
  ];
  const sample = sampleOf(noise('not zeros', 10_000), { name: 'bad', files });
  const download = await opened(t, sample, tempFolder(t));
  await assert.rejects(download.write(0, sample.content), { name: 'DownloadError', code: 'bad-torrent' });
  assert.equal(download.have.count, 0);
});

test('a download that is given up leaves nothing', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const download = await opened(t, sample, directory);
  await writeParts(download, sample, [0, 1]);
  await download.discard();
  assert.deepEqual(readdirSync(directory), []);
});

test('what was put aside is not thrown away with what is given up', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const aside = join(directory, partName(sample), 'aside');
  const download = await opened(t, sample, directory, { overwrite: true });
  mkdirSync(aside);
  writeFileSync(join(directory, sample.file.name), 'something else');
  await assert.rejects(download.discard(), {
    name: 'DownloadError',
    code: 'target-exists',
    message: /aside was put a/,
  });
  assert.ok(existsSync(aside));
  const again = await opened(t, sample, directory, { overwrite: true });
  await writeParts(again, sample, allParts(sample));
  assertComplete((await again.finish()).path, sample);
  assert.deepEqual(readdirSync(directory), [sample.file.name]);
});

test('what others have in the folder stays as it is', async (t) => {
  const directory = tempFolder(t);
  mkdirSync(join(directory, 'x'));
  writeFileSync(join(directory, 'y'), 'y');
  const mode = statSync(directory).mode;
  const [one, other] = [singleSample('same name', 2, 'one'), singleSample('same name', 3, 'other')];
  const downloads = [await opened(t, one, directory), await opened(t, other, directory)] as const;
  await writeParts(downloads[0], one, allParts(one));
  await writeParts(downloads[1], other, allParts(other));
  assertComplete((await downloads[0].finish()).path, one);
  await assert.rejects(downloads[1].finish(), { name: 'DownloadError', code: 'target-exists' });
  await downloads[1].discard();
  assertComplete(join(directory, one.file.name), one);
  assert.deepEqual(readdirSync(directory).sort(), ['same name', 'x', 'y']);
  assert.equal(readFileSync(join(directory, 'y'), 'utf8'), 'y');
  assert.equal(statSync(directory).mode, mode);
});

test('what is finished need not be hashed to be shared', async (t) => {
  for (const sample of [singleSample(), treeSample()]) {
    const download = await opened(t, sample, tempFolder(t));
    await writeParts(download, sample, allParts(sample));
    const origin = await download.finish();
    const onChecking = (): void => assert.fail('it is hashed');
    const shared = await openComplete({ path: origin.path, file: sample.file, origin, onChecking });
    assert.deepEqual(shared.origin, origin);
    await shared.close();
  }
});

test('a relative folder is one below where we are', async (t) => {
  const sample = singleSample();
  const before = process.cwd();
  const directory = tempFolder(t);
  process.chdir(directory);
  t.after(() => process.chdir(before));
  const download = await opened(t, sample, '.');
  await writeParts(download, sample, allParts(sample));
  assert.equal(basename((await download.finish()).path), sample.file.name);
  assertComplete(join(directory, sample.file.name), sample);
});
