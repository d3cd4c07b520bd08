/** A download that goes on: after it was closed, after a kill, after somebody else was at its files. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { watchedFiles } from '../files/watched-files.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import type { Download } from './download.ts';
import {
  allParts,
  assertComplete,
  assertReads,
  dataPath,
  noise,
  opened,
  partName,
  pieceOf,
  type Sample,
  singleSample,
  treeSample,
  writeParts,
} from './downloads.testing.ts';
import type { DownloadOptions } from './open-download.ts';

/** The pieces that a download is found to have. */
const statusOf = (download: Download) => ({ have: [...download.have], unsure: [...download.unsure] });

/** Opens a download again; tells which pieces were read for that, and how much was said to be checked. */
async function reopened(t: TestContext, sample: Sample, directory: string, options: Partial<DownloadOptions> = {}) {
  const reads = { data: 0 };
  const checked = { bytes: 0 };
  const calls = watchedFiles(({ name, path }) => {
    if (name === 'read' && path.includes('/data/')) reads.data += 1;
  });
  const onChecking = (done: number): void => {
    checked.bytes = done;
  };
  const download = await opened(t, sample, directory, { calls, onChecking, ...options });
  return { download, reads: reads.data, checked: checked.bytes };
}

/** Rechecks what is unsure, fetches what is missing, and sees that it comes out whole. */
async function assertCanEnd(download: Download, sample: Sample): Promise<void> {
  for (const pieceIndex of download.unsure) await download.recheck(pieceIndex);
  assert.equal(download.unsure.size, 0);
  await assertReads(download, sample);
  await writeParts(
    download,
    sample,
    allParts(sample).filter((pieceIndex) => !download.have.has(pieceIndex)),
  );
  assertComplete((await download.finish()).path, sample);
}

const samples = [
  { name: 'one file', sample: singleSample('one', 6) },
  { name: 'several files', sample: treeSample() },
];
for (const { name, sample } of samples) {
  test(`after it was closed all is trusted, and nothing is read: ${name}`, async (t) => {
    const directory = tempFolder(t);
    const first = await opened(t, sample, directory);
    await writeParts(first, sample, [1, 3, 5]);
    await first.close();
    for (const round of [1, 2]) {
      const { download, reads } = await reopened(t, sample, directory);
      assert.deepEqual(statusOf(download), { have: [1, 3, 5], unsure: [] }, `round ${round}`);
      assert.equal(reads, 0);
      await assertReads(download, sample);
      await download.close();
    }
    await assertCanEnd((await reopened(t, sample, directory)).download, sample);
  });
}

test('a download that is whole, but for its name, ends without a fetch', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const first = await opened(t, sample, directory);
  await writeParts(first, sample, allParts(sample));
  await first.close();
  const { download, reads } = await reopened(t, sample, directory);
  assert.ok(download.have.full);
  assertComplete((await download.finish()).path, sample);
  assert.equal(reads, 0);
});

/** A process of its own that downloads the tree. */
async function downloading(t: TestContext, directory: string) {
  const program = fileURLToPath(new URL('./downloading.testing.js', import.meta.url));
  const child = spawn(process.execPath, [program, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const done = async (): Promise<void> => assert.equal((await lines.next()).value, 'done');
  await done();
  return {
    async write(...parts: readonly number[]): Promise<void> {
      for (const pieceIndex of parts) {
        child.stdin.write(`write ${pieceIndex}\n`);
        await done();
      }
    },
    async sync(): Promise<void> {
      child.stdin.write('sync 0\n');
      await done();
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('after a kill, what was recorded is there but unsure, and what was not is hashed', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const process = await downloading(t, directory);
  await process.write(0, 2, 4);
  await process.sync();
  await process.write(5); // in the file of piece 4, and in another one
  await process.kill();
  const { download, checked } = await reopened(t, sample, directory);
  assert.deepEqual(statusOf(download), { have: [0, 2, 4, 5], unsure: [4] });
  assert.equal(checked, pieceOf(sample, 5).length, 'nothing but what was not recorded');
  await assertReads(download, sample);
  await assert.rejects(download.finish(), /1 unsure/);
  assert.equal(await download.recheck(4), true);
  await download.close();
  const after = await reopened(t, sample, directory);
  assert.deepEqual(statusOf(after.download), { have: [0, 2, 4, 5], unsure: [] }, 'what was found out is kept');
  assert.equal(after.reads, 0);
  await assertCanEnd(after.download, sample);
});

test('what is unsure stays so over another kill, though its files look as they did', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const process = await downloading(t, directory);
  await process.write(4);
  await process.sync();
  await process.write(3);
  await process.kill();
  await (await downloading(t, directory)).kill();
  const { download, reads } = await reopened(t, sample, directory);
  assert.deepEqual(statusOf(download), { have: [3, 4], unsure: [4] });
  assert.equal(reads, 0, 'piece 3 was hashed and recorded in between');
  await assertCanEnd(download, sample);
});

/** A closed download of one file with pieces 0 and 2, at `path`. */
async function closedDownload(t: TestContext) {
  const directory = tempFolder(t);
  const sample = singleSample('one', 6);
  const download = await opened(t, sample, directory);
  await writeParts(download, sample, [0, 2]);
  await download.close();
  return { directory, sample, path: dataPath(directory, sample) };
}

/** Changes bytes in place. */
function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
  tick(path);
}

/** The time of a file goes on in steps of some milliseconds: as if the next step had come before the last change. */
function tick(path: string): void {
  utimesSync(path, 1, 1);
}

interface Tampering {
  readonly name: string;
  readonly tamper: (path: string, sample: Sample) => void;
  readonly have: readonly number[];
  readonly unsure: readonly number[];
}

const tamperings: readonly Tampering[] = [
  {
    name: 'a piece spoilt',
    tamper: (path) => overwrite(path, 25_000, Buffer.from('x')),
    have: [0, 2],
    unsure: [0, 2],
  },
  {
    name: 'a piece added',
    tamper: (path, sample) => overwrite(path, 10_000, pieceOf(sample, 1)),
    have: [0, 1, 2],
    unsure: [0, 2],
  },
  {
    name: 'half a piece added, and a wrong one',
    tamper: (path, sample) => {
      overwrite(path, 10_000, pieceOf(sample, 1).subarray(0, 5000));
      overwrite(path, 30_000, noise('wrong', 10_000));
    },
    have: [0, 2],
    unsure: [0, 2],
  },
  { name: 'only touched', tamper: tick, have: [0, 2], unsure: [0, 2] },
  { name: 'removed', tamper: (path) => rmSync(path), have: [], unsure: [] },
  { name: 'renamed away', tamper: (path) => renameSync(path, `${path}.away`), have: [], unsure: [] },
  { name: 'shorter', tamper: (path) => truncateSync(path, 22_000), have: [0], unsure: [] },
  { name: 'empty', tamper: (path) => truncateSync(path, 0), have: [], unsure: [] },
  {
    name: 'shorter, and as long as before again',
    tamper: (path) => {
      truncateSync(path, 22_000);
      truncateSync(path, 58_766);
      tick(path);
    },
    have: [0, 2],
    unsure: [0, 2],
  },
  { name: 'longer', tamper: (path) => truncateSync(path, 100_000), have: [0, 2], unsure: [] },
  {
    name: 'replaced by a copy',
    tamper: (path) => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
    have: [0, 2],
    unsure: [],
  },
  {
    name: 'replaced by something else',
    tamper: (path) => {
      writeFileSync(`${path}.other`, noise('other', 58_766));
      renameSync(`${path}.other`, path);
    },
    have: [],
    unsure: [],
  },
  {
    name: 'replaced by zeros',
    tamper: (path) => {
      writeFileSync(`${path}.other`, Buffer.alloc(58_766));
      renameSync(`${path}.other`, path);
    },
    have: [],
    unsure: [],
  },
];
for (const { name, tamper, have, unsure } of tamperings) {
  test(`somebody was at the file: ${name}`, async (t) => {
    const { directory, sample, path } = await closedDownload(t);
    tamper(path, sample);
    for (const round of [1, 2]) {
      const { download } = await reopened(t, sample, directory);
      assert.deepEqual(statusOf(download), { have, unsure }, `round ${round}`);
      await download.close();
    }
    await assertCanEnd((await reopened(t, sample, directory)).download, sample);
  });
}

test('a file of a tree that is gone costs its own pieces only', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const first = await opened(t, sample, directory);
  await writeParts(first, sample, allParts(sample));
  await first.close();
  rmSync(join(dataPath(directory, sample), 'third'));
  const { download } = await reopened(t, sample, directory);
  assert.deepEqual(statusOf(download), { have: [0, 1, 2, 4, 5], unsure: [] });
  await assertCanEnd(download, sample);
});

test('a bad piece that was found out is not believed at the next start', async (t) => {
  const { directory, sample, path } = await closedDownload(t);
  overwrite(path, 25_000, Buffer.from('x'));
  const { download } = await reopened(t, sample, directory);
  assert.equal(await download.recheck(0), true);
  assert.equal(await download.recheck(2), false);
  assert.equal(await download.recheck(2), false, 'it is not there to be checked');
  assert.deepEqual(statusOf(download), { have: [0], unsure: [] });
  await download.close();
  const after = await reopened(t, sample, directory);
  assert.deepEqual(statusOf(after.download), { have: [0], unsure: [] });
  assert.equal(after.reads, 0);
  await assertCanEnd(after.download, sample);
});

test('an unsure piece that is written again is sure', async (t) => {
  const { directory, sample, path } = await closedDownload(t);
  overwrite(path, 25_000, Buffer.from('x'));
  const { download } = await reopened(t, sample, directory);
  await writeParts(download, sample, [2]);
  assert.deepEqual(statusOf(download), { have: [0, 2], unsure: [0] });
  await assertReads(download, sample);
  await assertCanEnd(download, sample);
});

const damages = [
  { name: 'gone', damage: (path: string) => rmSync(path), have: [0, 2] },
  { name: 'empty', damage: (path: string) => truncateSync(path, 0), have: [0, 2] },
  { name: 'zeros', damage: (path: string) => writeFileSync(path, Buffer.alloc(500)), have: [0, 2] },
  { name: 'noise', damage: (path: string) => writeFileSync(path, noise('state', 500)), have: [0, 2] },
  {
    name: 'a line damaged',
    damage: (path: string) => writeFileSync(path, readFileSync(path, 'latin1').replace('unsure', 'UNSURE')),
    have: [0, 2],
  },
  {
    name: 'its last line torn',
    damage: (path: string) => truncateSync(path, readFileSync(path).length - 1),
    have: [0, 2],
  },
];
for (const { name, damage, have } of damages) {
  test(`what the state does not tell is found by its hash: ${name}`, async (t) => {
    const { directory, sample } = await closedDownload(t);
    damage(join(directory, partName(sample), 'state'));
    const { download, checked } = await reopened(t, sample, directory);
    assert.deepEqual(statusOf(download), { have, unsure: [] });
    assert.equal(checked, 20_000, 'and of the hole nothing more than its ends is read');
    await download.close();
    assert.deepEqual((await reopened(t, sample, directory)).reads, 0);
  });
}

test('control: a damaged state and a damaged piece', async (t) => {
  const { directory, sample, path } = await closedDownload(t);
  overwrite(path, 25_000, Buffer.from('x'));
  rmSync(join(directory, partName(sample), 'state'));
  assert.deepEqual(statusOf((await reopened(t, sample, directory)).download), { have: [0], unsure: [] });
});

test('a file that was changed while it was downloaded does not get its name', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  const download = await opened(t, sample, directory);
  await writeParts(download, sample, allParts(sample));
  await download.sync();
  overwrite(dataPath(directory, sample), 5, Buffer.from('x'));
  await assert.rejects(download.finish(), { name: 'DownloadError', code: 'changed', message: /changed by another pr/ });
  assert.deepEqual(readdirSync(directory), [partName(sample)]);
  await download.close();
  await assertCanEnd((await reopened(t, sample, directory)).download, sample);
});

const disappearances = [
  { name: 'the file is gone', remove: (path: string) => rmSync(path), sample: singleSample() },
  { name: 'the file was moved', remove: (path: string) => renameSync(path, `${path}.x`), sample: singleSample() },
  { name: 'the tree was moved', remove: (path: string) => renameSync(path, `${path}.x`), sample: treeSample() },
  { name: 'a file of it is gone', remove: (path: string) => rmSync(join(path, 'third')), sample: treeSample() },
  { name: 'an empty one is gone', remove: (path: string) => rmSync(join(path, 'a', 'empty')), sample: treeSample() },
  {
    name: 'something else is there',
    remove: (path: string) => {
      renameSync(path, `${path}.x`);
      mkdirSync(path);
    },
    sample: singleSample(),
  },
];
for (const { name, remove, sample } of disappearances) {
  for (const synced of [false, true]) {
    test(`what is not there any more cannot be finished: ${name}, ${synced ? '' : 'not '}synced before`, async (t) => {
      const directory = tempFolder(t);
      const download = await opened(t, sample, directory);
      await writeParts(download, sample, allParts(sample));
      if (synced) await download.sync();
      remove(dataPath(directory, sample));
      const before = readdirSync(directory, { recursive: true, encoding: 'utf8' });
      await assert.rejects(download.finish(), { name: 'DownloadError', code: 'changed', message: /tart the download/ });
      assert.deepEqual(readdirSync(directory, { recursive: true, encoding: 'utf8' }), before, 'nothing more is lost');
    });
  }
}
