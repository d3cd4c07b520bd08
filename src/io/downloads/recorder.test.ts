/** When what was downloaded is made durable, in which order, and what becomes of it when the disk fails. */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../async/clock.testing.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { infoHash } from '../../protocols/metainfo/write.ts';
import type { FileCalls } from '../files/calls.ts';
import { type FileCall, systemError, watchedFiles } from '../files/watched-files.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import type { Download } from './download.ts';
import {
  allParts,
  assertComplete,
  assertReads,
  dataPath,
  opened,
  pieceBytes,
  type Sample,
  singleSample,
  treeSample,
  writeParts,
} from './downloads.testing.ts';
import { unsyncedMsMax } from './recorder.ts';

const isData = ({ path }: FileCall): boolean => path.includes('/data/');

/** The pieces that a fresh start finds; the download in `directory` is closed first. */
async function recorded(t: TestContext, download: Download, sample: Sample, directory: string): Promise<number[]> {
  await download.close();
  return [...(await opened(t, sample, directory)).have];
}

test('bytes are durable before their names, those before it is looked at them, and then the state says so', async (t) => {
  const sample = treeSample();
  const steps: string[] = [];
  const calls = watchedFiles(({ name, file }) => {
    if (!['read', 'open', 'close', 'write'].includes(name) || file === 'state') steps.push(`${name} ${file}`);
  });
  const download = await opened(t, sample, tempFolder(t), { calls });
  await writeParts(download, sample, [2]);
  steps.length = 0;
  await download.sync();
  assert.deepEqual(steps, [
    'datasync second',
    `sync ${sample.file.id}.part`,
    'sync data',
    'sync tree',
    'sync a',
    'sync b',
    'lstat second',
    'write state',
    'datasync state',
  ]);
  await writeParts(download, sample, [2, 0]);
  steps.length = 0;
  await download.sync();
  const again = ['datasync first', 'lstat first', 'write state', 'datasync state'];
  assert.deepEqual(steps, again, 'nothing of what is durable already');
  steps.length = 0;
  await download.sync();
  assert.deepEqual(steps, []);
});

/** Settles when a line was added to the state, in a sync that nobody asked for. */
function watchState() {
  let told = (): void => {};
  const calls = watchedFiles(
    () => {},
    ({ name, file }) => {
      if (name === 'datasync' && file === 'state') told();
    },
  );
  return { calls, next: () => new Promise<void>((resolve) => (told = resolve)) };
}

test('what waits for five seconds is synced, without being asked for', async (t) => {
  const clock = new ManualClock();
  const [sample, directory] = [singleSample(), tempFolder(t)];
  const { calls, next } = watchState();
  const download = await opened(t, sample, directory, { calls, clock });
  let synced = false;
  for (const pieceIndex of [0, 1]) {
    const written = next().then(() => (synced = true));
    await writeParts(download, sample, [pieceIndex]);
    clock.pass(unsyncedMsMax - 1);
    await writeParts(download, sample, [pieceIndex + 2]);
    assert.equal(synced, false, 'not yet');
    clock.pass(1);
    await written;
    synced = false;
  }
  assert.deepEqual(await recorded(t, download, sample, directory), [0, 1, 2, 3]);
});

test('much is synced at once, without being asked for', async (t) => {
  const clock = new ManualClock();
  const pieceLength = 16 * 1024 * 1024;
  const pieces = 8;
  const file = { name: 'large', length: pieces * pieceLength, pieceLength, pieceHashes: new Uint8Array(20 * pieces) };
  const sample = { file: { ...file, id: infoHash(file) as TorrentId } };
  const { calls, next } = watchState();
  const download = await opened(t, { ...sample, content: Buffer.alloc(0) }, tempFolder(t), { calls, clock });
  const synced = next();
  const bytes = Buffer.alloc(pieceLength, 1);
  for (let pieceIndex = 0; pieceIndex < pieces; pieceIndex += 1) await download.write(pieceIndex, bytes);
  await synced;
});

/** A disk that can be made to fail at one thing. */
function failingDisk() {
  const disk = { fails: undefined as ((call: FileCall) => string | undefined) | undefined };
  const calls: FileCalls = watchedFiles((call) => {
    const code = disk.fails?.(call);
    if (code !== undefined) throw systemError(code);
  });
  return { disk, calls };
}

const faults = [
  {
    name: 'the disk is full',
    fails: (call: FileCall) => (call.name === 'write' ? 'ENOSPC' : undefined),
    code: 'no-space',
    message: /: the disk is full\. Make room; nothing is lost/,
  },
  {
    name: 'the disk is found to be full late',
    fails: (call: FileCall) => (call.name === 'datasync' && isData(call) ? 'ENOSPC' : undefined),
    code: 'no-space',
    message: /: the disk is full\. Make room; nothing is lost/,
  },
  {
    name: 'the state cannot be written',
    fails: (call: FileCall) => (call.name === 'write' && call.file.startsWith('state') ? 'EDQUOT' : undefined),
    code: 'no-space',
    message: /saving what was downloaded to .*one: the disk is full/,
  },
  {
    name: 'the state cannot be made durable',
    // The line is there, and true. Nobody was promised that it stays.
    recordedAll: true,
    fails: (call: FileCall) => (call.name.endsWith('sync') && call.file.startsWith('state') ? 'EIO' : undefined),
    code: 'io',
    message: /saving what was downloaded to .*one: EIO/,
  },
  {
    name: 'the disk fails',
    fails: (call: FileCall) => (call.name === 'datasync' && isData(call) ? 'EIO' : undefined),
    code: 'io',
    message: /saving what was downloaded to .*one: EIO/,
  },
];

/** A download with a piece that is synced and one that is not, on a disk that fails from now on. */
async function onFailingDisk(t: TestContext, fails: (call: FileCall) => string | undefined) {
  const [sample, directory] = [singleSample('one', 5), tempFolder(t)];
  const { disk, calls } = failingDisk();
  const download = await opened(t, sample, directory, { calls });
  await writeParts(download, sample, [0]);
  await download.sync();
  await writeParts(download, sample, [1]);
  disk.fails = fails;
  return { sample, directory, disk, download };
}

for (const { name, fails, code, message, recordedAll = false } of faults) {
  test(`it goes on as soon as the disk does: ${name}`, async (t) => {
    const { sample, directory, disk, download } = await onFailingDisk(t, fails);
    const failure = { name: 'DownloadError', code, message };
    await assert.rejects(download.sync(), failure);
    await assert.rejects(writeParts(download, sample, [2]), failure, 'nothing more is written onto such a disk');
    assert.deepEqual([...download.have], [0, 1]);
    await assertReads(download, sample);
    disk.fails = undefined;
    await writeParts(download, sample, [2]);
    assert.deepEqual(await recorded(t, download, sample, directory), [0, 1, 2]);
  });

  test(`what is not durable is not recorded, even if it ends there: ${name}`, async (t) => {
    const { sample, directory, download } = await onFailingDisk(t, fails);
    await assert.rejects(download.close(), { name: 'DownloadError', code });
    let checkedBytes = 0;
    const onChecking = (done: number): void => {
      checkedBytes = done;
    };
    const after = await opened(t, sample, directory, { onChecking });
    assert.deepEqual([...after.have], [0, 1]);
    await assertReads(after, sample);
    assert.equal(checkedBytes, recordedAll ? 0 : pieceBytes, 'it was hashed');
  });
}

test('a full disk costs only the piece that does not fit', async (t) => {
  const sample = singleSample('one', 5);
  const { disk, calls } = failingDisk();
  const download = await opened(t, sample, tempFolder(t), { calls });
  disk.fails = (call) => (call.name === 'write' && isData(call) ? 'ENOSPC' : undefined);
  const failure = { name: 'DownloadError', code: 'no-space', message: /writing to .*one: the disk is full/ };
  await assert.rejects(writeParts(download, sample, [0]), failure);
  assert.equal(download.have.count, 0);
  disk.fails = undefined;
  await writeParts(download, sample, allParts(sample));
  assertComplete((await download.finish()).path, sample);
});

test('a sync in the background that fails is told to whoever writes next, if it still does', async (t) => {
  const clock = new ManualClock();
  const sample = singleSample('one', 5);
  const { disk, calls } = failingDisk();
  const download = await opened(t, sample, tempFolder(t), { calls, clock });
  await writeParts(download, sample, [0]);
  const failed = new Promise<void>((resolve) => {
    disk.fails = ({ name }) => {
      if (name !== 'datasync') return undefined;
      resolve();
      return 'EIO';
    };
  });
  clock.pass(unsyncedMsMax);
  await failed;
  await new Promise(setImmediate);
  await assert.rejects(writeParts(download, sample, [1]), { name: 'DownloadError', code: 'io' });
  disk.fails = undefined;
  await writeParts(download, sample, allParts(sample));
  assertComplete((await download.finish()).path, sample);
});

test('after a failed fdatasync the pieces are written once more, before it is tried again', async (t) => {
  const sample = singleSample('one', 5);
  const steps: string[] = [];
  const disk = { fails: false };
  const calls = watchedFiles((call) => {
    if (!isData(call) || !['write', 'datasync'].includes(call.name)) return;
    steps.push(`${call.name} ${call.name === 'write' ? call.values[3] : ''}`);
    if (call.name === 'datasync' && disk.fails) throw systemError('EIO');
  });
  const download = await opened(t, sample, tempFolder(t), { calls });
  await writeParts(download, sample, [0]);
  await download.sync();
  await writeParts(download, sample, [1, 2]);
  disk.fails = true;
  await assert.rejects(download.sync());
  disk.fails = false;
  steps.length = 0;
  await download.sync();
  assert.deepEqual(steps, [`write ${pieceBytes}`, `write ${2 * pieceBytes}`, 'datasync ']);
  await writeParts(download, sample, allParts(sample));
  assertComplete((await download.finish()).path, sample);
});

test('a piece that the failed fdatasync has cost is told, and fetched again', async (t) => {
  const [sample, directory] = [singleSample('one', 5), tempFolder(t)];
  const disk = { fails: false };
  const calls = watchedFiles((call) => {
    if (call.name !== 'datasync' || !isData(call) || !disk.fails) return;
    // The cache has given up all that it held.
    writeFileSync(dataPath(directory, sample), Buffer.alloc(sample.content.length), { flag: 'r+' });
    throw systemError('EIO');
  });
  const download = await opened(t, sample, directory, { calls });
  await writeParts(download, sample, [1, 2]);
  disk.fails = true;
  await assert.rejects(download.sync(), { code: 'io', message: /EIO/ });
  disk.fails = false;
  const lost = {
    name: 'DownloadError',
    code: 'io',
    message: /The disk has lost 2 pieces, which must be fetched again/,
  };
  await assert.rejects(download.sync(), lost);
  assert.deepEqual([...download.have], []);
  await writeParts(download, sample, allParts(sample));
  assertComplete((await download.finish()).path, sample);
});

test('a file that is another one now is not recorded', async (t) => {
  const [sample, directory] = [treeSample(), tempFolder(t)];
  const download = await opened(t, sample, directory);
  await writeParts(download, sample, [4]);
  const path = join(dataPath(directory, sample), 'fourth');
  writeFileSync(`${path}.x`, Buffer.alloc(21_000));
  renameSync(`${path}.x`, path);
  const failure = { name: 'DownloadError', code: 'changed', message: /fourth is not the file any more that it was/ };
  await assert.rejects(download.sync(), failure);
  await assert.rejects(download.close(), failure);
  assert.deepEqual([...(await opened(t, sample, directory)).have], []);
});
