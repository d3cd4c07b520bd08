import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nodeFiles } from '../files/calls.ts';
import { DescriptorCache } from '../files/descriptor-cache.ts';
import { watchedFiles } from '../files/watched-files.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { allParts, pieceOf, putComplete, type Sample, singleSample, treeSample } from './downloads.testing.ts';
import { type CompleteOptions, openComplete, originOf, type SharedTorrent } from './shared-torrent.ts';

const samples = [
  { name: 'one file', sample: singleSample() },
  { name: 'several files', sample: treeSample() },
];

async function shared(t: TestContext, sample: Sample, options: Omit<CompleteOptions, 'file'>): Promise<SharedTorrent> {
  const torrent = await openComplete({ file: sample.file, ...options });
  t.after(() => torrent.close());
  return torrent;
}

async function read(torrent: SharedTorrent, sample: Sample, pieceIndex: number): Promise<Buffer> {
  const into = Buffer.alloc(pieceOf(sample, pieceIndex).length, 1);
  await torrent.read(pieceIndex, into);
  return into;
}

/** Calls that count how often contents are read. */
function countedReads() {
  const reads = { count: 0 };
  const calls = watchedFiles(({ name }) => {
    if (name === 'read') reads.count += 1;
  });
  return { reads, calls };
}

for (const { name, sample } of samples) {
  test(`what is whole is read where it lies, by whatever path: ${name}`, async (t) => {
    const directory = tempFolder(t);
    const path = join(directory, 'called otherwise');
    putComplete(path, sample);
    symlinkSync(path, join(directory, 'link'));
    for (const each of [path, join(directory, 'link')]) {
      const torrent = await shared(t, sample, { path: each });
      for (const pieceIndex of allParts(sample))
        assert.ok((await read(torrent, sample, pieceIndex)).equals(pieceOf(sample, pieceIndex)));
      assert.equal(torrent.changed, false);
      assert.equal(torrent.origin.path, realpathSync(path));
    }
  });

  test(`who remembers what it looked like need not hash it again: ${name}`, async (t) => {
    const path = join(tempFolder(t), 'x');
    putComplete(path, sample);
    const first = countedReads();
    const { origin } = await shared(t, sample, { path, calls: first.calls });
    assert.ok(first.reads.count > 0);
    const remembered = JSON.parse(JSON.stringify(origin));
    const again = countedReads();
    const torrent = await shared(t, sample, { path, origin: remembered, calls: again.calls });
    assert.equal(again.reads.count, 0);
    assert.ok((await read(torrent, sample, 1)).equals(pieceOf(sample, 1)));
    const touched = join(path, ...(sample.file.files?.[0]?.path ?? []));
    utimesSync(touched, 1, 1);
    const third = countedReads();
    await shared(t, sample, { path, origin: remembered, calls: third.calls });
    assert.ok(third.reads.count > 0, 'unless it looks other');
    rmSync(touched);
    await assert.rejects(openComplete({ path, file: sample.file, origin: remembered }), { code: 'changed' });
  });
}

const changes = [
  { name: 'longer', change: (path: string) => appendFileSync(path, 'x') },
  { name: 'touched', change: (path: string) => utimesSync(path, 1, 1) },
  { name: 'removed', change: (path: string) => rmSync(path) },
  { name: 'moved away', change: (path: string) => renameSync(path, `${path}.moved`) },
  {
    name: 'another one, as old and as large',
    change: (path: string) => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  },
  {
    name: 'a link to what it was',
    change: (path: string) => {
      renameSync(path, `${path}.moved`);
      symlinkSync(`${path}.moved`, path);
    },
  },
];
for (const { name, change } of changes) {
  test(`what is not as it was is not given: ${name}`, async (t) => {
    const [sample, path] = [treeSample(), join(tempFolder(t), 'x')];
    putComplete(path, sample);
    const torrent = await shared(t, sample, { path });
    await read(torrent, sample, 4);
    change(join(path, 'fourth'));
    assert.equal(torrent.changed, false, 'nobody has looked yet');
    assert.ok((await read(torrent, sample, 2)).equals(pieceOf(sample, 2)), 'that lies in another file');
    await assert.rejects(read(torrent, sample, 4), { name: 'DownloadError', code: 'changed' });
    assert.equal(torrent.changed, true);
    await assert.rejects(read(torrent, sample, 2), { code: 'changed' }, 'and all of it from then on');
  });

  test(`a look at it tells: ${name}`, async (t) => {
    const [sample, path] = [singleSample(), join(tempFolder(t), 'x')];
    putComplete(path, sample);
    const torrent = await shared(t, sample, { path });
    assert.equal(await torrent.check(), false);
    change(path);
    assert.equal(await torrent.check(), true);
  });
}

test('what is not whole is not opened', async (t) => {
  const [sample, path] = [singleSample(), join(tempFolder(t), 'x')];
  const failure = {
    name: 'DownloadError',
    code: 'changed',
    message: /is not there, or not what the torrent describes/,
  };
  await assert.rejects(openComplete({ path, file: sample.file }), failure);
  writeFileSync(path, Buffer.alloc(sample.content.length));
  await assert.rejects(openComplete({ path, file: sample.file }), failure);
});

test('a file that changes while it is hashed is not believed', async (t) => {
  const [sample, path] = [singleSample(), join(tempFolder(t), 'x')];
  putComplete(path, sample);
  const onChecking = (): void => utimesSync(path, 1, 1);
  await assert.rejects(openComplete({ path, file: sample.file, onChecking }), { code: 'changed' });
});

test('a file is looked at before it is hashed, to make a torrent of it', async (t) => {
  const [sample, path] = [singleSample(), join(tempFolder(t), 'x')];
  await assert.rejects(originOf(path), { name: 'DownloadError', code: 'changed', message: /x is not a file/ });
  putComplete(path, sample);
  const origin = await originOf(path);
  const { reads, calls } = countedReads();
  const torrent = await shared(t, sample, { path, origin, calls });
  assert.equal(reads.count, 0);
  assert.deepEqual(torrent.origin, origin);
});

test('many torrents share a few open files', async (t) => {
  const descriptors = new DescriptorCache(nodeFiles, 4);
  const folder = tempFolder(t);
  const torrents = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const sample = singleSample(`file ${index}`, 2);
      putComplete(join(folder, `${index}`), sample);
      return { sample, torrent: await shared(t, sample, { path: join(folder, `${index}`), descriptors }) };
    }),
  );
  await Promise.all(
    torrents.map(async ({ sample, torrent }) => {
      assert.ok((await read(torrent, sample, 1)).equals(pieceOf(sample, 1)));
    }),
  );
  for (const { torrent } of torrents) await torrent.close();
  await descriptors.close();
});

test('nothing is read after the end', async (t) => {
  const [sample, path] = [singleSample(), join(tempFolder(t), 'x')];
  putComplete(path, sample);
  const torrent = await shared(t, sample, { path });
  await torrent.close();
  await torrent.close();
  await assert.rejects(read(torrent, sample, 0), /used after it was closed/);
});
