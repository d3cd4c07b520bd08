/** Obstacles that a download finds before it begins: its name taken, its folder taken, no room, traps. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type FileCalls, nodeFiles } from '../files/calls.ts';
import { silentLog } from '../log.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import {
  allParts,
  assertComplete,
  dataPath,
  opened,
  partName,
  putComplete,
  type Sample,
  singleSample,
  treeSample,
  writeParts,
} from './downloads.testing.ts';
import { type DownloadOptions, openDownload } from './open-download.ts';

const open = (sample: Sample, directory: string, options: Partial<DownloadOptions> = {}) =>
  openDownload({ directory, file: sample.file, overwrite: false, log: silentLog, ...options });

const failure = (code: string, message = /./) => ({ name: 'DownloadError', code, message });

const samples = [
  { name: 'one file', sample: singleSample() },
  { name: 'several files', sample: treeSample() },
  { name: 'nothing', sample: singleSample('empty', 0) },
];
for (const { name, sample } of samples) {
  test(`what is there as a whole is found, hashed, and left alone: ${name}`, async (t) => {
    const directory = tempFolder(t);
    const path = join(directory, sample.file.name);
    putComplete(path, sample);
    const told: number[] = [];
    for (const overwrite of [false, true]) {
      const onChecking = (done: number, total: number): void => void told.push(done / total);
      const found = await open(sample, directory, { overwrite, onChecking });
      assert.ok(found.kind === 'there');
      assert.equal(found.origin.path, path);
    }
    assert.equal(told.at(-1), sample.content.length > 0 ? 1 : undefined);
    assert.deepEqual(readdirSync(directory), [sample.file.name]);
  });
}

const others = [
  { name: 'a bit turned', sample: singleSample(), spoil: (path: string) => turnBit(path, 12_345) },
  { name: 'shorter', sample: singleSample(), spoil: (path: string) => truncateSync(path, 100) },
  { name: 'longer', sample: singleSample(), spoil: (path: string) => truncateSync(path, 100_000) },
  { name: 'a folder', sample: singleSample(), spoil: (path: string) => remake(path, () => mkdirSync(path)) },
  { name: 'a FIFO', sample: singleSample(), spoil: (path: string) => remake(path, () => spawnSync('mkfifo', [path])) },
  {
    name: 'a link to nothing',
    sample: singleSample(),
    spoil: (path: string) => remake(path, () => symlinkSync('x', path)),
  },
  {
    name: 'a file of the tree spoilt',
    sample: treeSample(),
    spoil: (path: string) => turnBit(join(path, 'fourth'), 9),
  },
  { name: 'a file of the tree missing', sample: treeSample(), spoil: (path: string) => rmSync(join(path, 'third')) },
  { name: 'an empty file missing', sample: treeSample(), spoil: (path: string) => rmSync(join(path, 'a', 'empty')) },
  {
    name: 'an empty file that is not',
    sample: treeSample(),
    spoil: (path: string) => writeFileSync(join(path, 'a', 'empty'), 'x'),
  },
  {
    name: 'a file in place of a tree',
    sample: treeSample(),
    spoil: (path: string) => remake(path, () => writeFileSync(path, 'x')),
  },
];
for (const { name, sample, spoil } of others) {
  test(`what is there and is something else is not touched, or replaced at the end: ${name}`, async (t) => {
    const directory = tempFolder(t);
    const path = join(directory, sample.file.name);
    putComplete(path, sample);
    spoil(path);
    await assert.rejects(
      open(sample, directory),
      failure('target-exists', /is there, and is something else\. Move it/),
    );
    assert.deepEqual(readdirSync(directory), [sample.file.name]);
    const download = await opened(t, sample, directory, { overwrite: true });
    assert.equal(download.have.count, 0);
    await writeParts(download, sample, allParts(sample));
    assert.equal((await download.finish()).path, path);
    assertComplete(path, sample);
    assert.deepEqual(readdirSync(directory), [sample.file.name]);
  });
}

function turnBit(path: string, index: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  writeFileSync(path, bytes);
}

function remake(path: string, make: () => void): void {
  rmSync(path, { recursive: true });
  make();
}

test('what a crash left beside what is whole is removed', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  await (await opened(t, sample, directory)).close();
  putComplete(join(directory, sample.file.name), sample);
  assert.equal((await open(sample, directory)).kind, 'there');
  assert.deepEqual(readdirSync(directory), [sample.file.name]);
});

test('a download runs once at a time: in this process', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  const download = await opened(t, sample, directory);
  await assert.rejects(open(sample, directory), failure('in-use', /by this process/));
  symlinkSync(directory, `${directory}.link`);
  t.after(() => rmSync(`${directory}.link`));
  await assert.rejects(open(sample, `${directory}.link`), failure('in-use'), 'by whatever path');
  await download.close();
  await opened(t, sample, directory);
});

test('a download runs once at a time: in another process', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  await (await opened(t, sample, directory)).close();
  const stat = readFileSync(`/proc/${process.ppid}/stat`, 'latin1');
  const note = `owner.${process.ppid}.${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  writeFileSync(join(directory, partName(sample), note), '');
  await assert.rejects(open(sample, directory), failure('in-use', new RegExp(`by process ${process.ppid} `)));
  assert.ok(existsSync(join(directory, partName(sample), 'state')), 'and it is left to that one');
});

/** A disk with so many bytes free. */
const diskWith = (bavail: number): FileCalls => ({ ...nodeFiles, statfs: async () => ({ bavail, bsize: 1 }) });

test('a download that does not fit is refused before it begins, and leaves nothing', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample('large', 5);
  const calls = diskWith(sample.content.length - 1);
  const message = /47\.6 KiB are still to come, and 47\.6 KiB are free in .*\. Make room/;
  await assert.rejects(open(sample, directory, { calls }), failure('no-space', message));
  assert.deepEqual(readdirSync(directory), []);
  await opened(t, sample, directory, { calls: diskWith(sample.content.length) });
});

test('only what is missing must fit; what was there stays', async (t) => {
  const directory = tempFolder(t);
  const sample = treeSample();
  const download = await opened(t, sample, directory);
  await writeParts(download, sample, [0, 2]);
  await download.close();
  const missing = sample.content.length - 20_000 - 5_000;
  await assert.rejects(open(sample, directory, { calls: diskWith(missing - 1) }), failure('no-space'));
  const again = await opened(t, sample, directory, { calls: diskWith(missing) });
  assert.deepEqual([...again.have], [0, 2]);
});

test('a folder that cannot be made is told', async (t) => {
  const file = join(tempFolder(t), 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) {
    await assert.rejects(open(singleSample(), path), failure('io', /is no folder, and cannot be made one: E/));
  }
});

test('an id that is not the hash is a mistake of the caller', async (t) => {
  const directory = tempFolder(t);
  const [one, other] = [singleSample('one'), singleSample('other')];
  await assert.rejects(open({ ...one, file: { ...one.file, id: other.file.id } }, directory), /is not the hash/);
  assert.deepEqual(readdirSync(directory), []);
});

test('what is hashed at the start can be given up', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  putComplete(join(directory, sample.file.name), sample);
  const abort = new AbortController();
  const reason = new Error('the user has had enough');
  const onChecking = (): void => abort.abort(reason);
  await assert.rejects(open(sample, directory, { onChecking, signal: abort.signal }), reason);
  assertComplete(join(directory, sample.file.name), sample);
});

/** Traps of somebody else who may write in the folder: what has a name of ours, but is not ours, is not followed. */
const traps = [
  {
    name: 'our folder is a link',
    set: (directory: string, sample: Sample, elsewhere: string) =>
      symlinkSync(elsewhere, join(directory, partName(sample))),
  },
  {
    name: 'our folder is a file',
    set: (directory: string, sample: Sample) => writeFileSync(join(directory, partName(sample)), ''),
  },
  {
    name: 'the folder of data is a link',
    set: (directory: string, sample: Sample, elsewhere: string) => {
      mkdirSync(join(directory, partName(sample)));
      symlinkSync(elsewhere, join(directory, partName(sample), 'data'));
    },
  },
  {
    name: 'the folder of the tree is a link',
    set: (directory: string, sample: Sample, elsewhere: string) => {
      mkdirSync(dirname(dataPath(directory, sample)), { recursive: true });
      symlinkSync(elsewhere, dataPath(directory, sample));
    },
  },
  {
    name: 'a folder in the tree is a link',
    set: (directory: string, sample: Sample, elsewhere: string) => {
      mkdirSync(dataPath(directory, sample), { recursive: true });
      symlinkSync(elsewhere, join(dataPath(directory, sample), 'a'));
    },
  },
  {
    name: 'a file is a link',
    set: (directory: string, sample: Sample, elsewhere: string) => {
      mkdirSync(dataPath(directory, sample), { recursive: true });
      symlinkSync(join(elsewhere, 'precious'), join(dataPath(directory, sample), 'fourth'));
    },
  },
  {
    name: 'a file is a FIFO',
    set: (directory: string, sample: Sample) => {
      mkdirSync(dataPath(directory, sample), { recursive: true });
      spawnSync('mkfifo', [join(dataPath(directory, sample), 'fourth')]);
    },
  },
];
for (const { name, set } of traps) {
  test(`nothing is written where a trap leads: ${name}`, async (t) => {
    const [directory, elsewhere] = [tempFolder(t), tempFolder(t)];
    writeFileSync(join(elsewhere, 'precious'), 'precious');
    const sample = treeSample();
    set(directory, sample, elsewhere);
    await assert.rejects(open(sample, directory), (error) => {
      assert.match(String(error), /^DownloadError: .* is in the way: .* Remove it/);
      return true;
    });
    assert.deepEqual(readdirSync(elsewhere), ['precious']);
    assert.equal(readFileSync(join(elsewhere, 'precious'), 'utf8'), 'precious');
  });
}

test('a link that has the final name is replaced, if that is allowed, and what it leads to is not', async (t) => {
  const [directory, elsewhere] = [tempFolder(t), tempFolder(t)];
  const sample = singleSample();
  writeFileSync(join(elsewhere, 'precious'), 'precious');
  symlinkSync(join(elsewhere, 'precious'), join(directory, sample.file.name));
  await assert.rejects(open(sample, directory), failure('target-exists'));
  const download = await opened(t, sample, directory, { overwrite: true });
  await writeParts(download, sample, allParts(sample));
  assertComplete((await download.finish()).path, sample);
  assert.equal(readFileSync(join(elsewhere, 'precious'), 'utf8'), 'precious');
});

test('the folder of somebody else is not ours', async (t) => {
  const directory = tempFolder(t);
  const sample = singleSample();
  await (await opened(t, sample, directory)).close();
  const user = process.geteuid;
  t.after(() => (process.geteuid = user as typeof user & (() => number)));
  process.geteuid = () => 12345;
  await assert.rejects(open(sample, directory), failure('io', /belongs to the user with the number/));
});
