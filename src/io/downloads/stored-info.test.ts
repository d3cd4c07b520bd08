import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodeInfo } from '../../protocols/metainfo/write.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { allParts, opened, partName, singleSample, treeSample, writeParts } from './downloads.testing.ts';
import { storedInfo } from './stored-info.ts';

for (const sample of [singleSample(), treeSample()]) {
  test(`the info dictionary is there while it is downloaded, and after it was closed: ${sample.file.name}`, async (t) => {
    const directory = tempFolder(t);
    const { id } = sample.file;
    assert.equal(await storedInfo(directory, id), undefined);
    assert.equal(await storedInfo(join(directory, 'nowhere'), id), undefined);
    const download = await opened(t, sample, directory);
    assert.deepEqual(await storedInfo(directory, id), encodeInfo(sample.file));
    await download.close();
    assert.deepEqual(await storedInfo(directory, id), encodeInfo(sample.file));
    const again = await opened(t, sample, directory);
    await writeParts(again, sample, allParts(sample));
    await again.finish();
    assert.equal(await storedInfo(directory, id), undefined);
  });
}

async function closed(t: TestContext) {
  const [directory, sample] = [tempFolder(t), singleSample()];
  await (await opened(t, sample, directory)).close();
  return { directory, sample, path: join(directory, partName(sample), 'info') };
}

const damages = [
  { name: 'gone', damage: (path: string) => rmSync(path) },
  {
    name: 'a bit turned',
    damage: (path: string) => writeFileSync(path, readFileSync(path, 'latin1').replace('4', '5')),
  },
  { name: 'cut', damage: (path: string) => truncateSync(path, 30) },
  { name: 'empty', damage: (path: string) => truncateSync(path, 0) },
  { name: 'larger than any', damage: (path: string) => truncateSync(path, 17 * 1024 * 1024) },
  {
    name: 'a link to what it was',
    damage: (path: string) => {
      renameSync(path, `${path}.real`);
      symlinkSync(`${path}.real`, path);
    },
  },
  {
    name: 'a folder',
    damage: (path: string) => {
      rmSync(path);
      mkdirSync(path);
    },
    lasting: true,
  },
  {
    name: 'a FIFO',
    damage: (path: string) => {
      rmSync(path);
      spawnSync('mkfifo', [path]);
    },
  },
];
for (const { name, damage, lasting } of damages) {
  test(`what has another hash is not given, and is made anew: ${name}`, async (t) => {
    const { directory, sample, path } = await closed(t);
    damage(path);
    assert.equal(await storedInfo(directory, sample.file.id), undefined);
    if (lasting) return;
    await opened(t, sample, directory);
    assert.deepEqual(await storedInfo(directory, sample.file.id), encodeInfo(sample.file));
  });
}
