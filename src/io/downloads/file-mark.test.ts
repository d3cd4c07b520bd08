import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeFiles } from '../files/calls.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { isSameInode, parseFileMark, type SeenFile, seeFile } from './file-mark.ts';

const changes = [
  { name: 'longer', change: (path: string) => appendFileSync(path, 'x'), sameInode: true },
  { name: 'another time', change: (path: string) => utimesSync(path, 1, 1), sameInode: true },
  {
    name: 'another file',
    change: (path: string) => {
      writeFileSync(`${path}.new`, 'text');
      renameSync(`${path}.new`, path);
    },
    sameInode: false,
  },
];
for (const { name, change, sameInode } of changes) {
  test(`a file has another mark once it has changed: ${name}`, async (t) => {
    const path = join(tempFolder(t), 'file');
    writeFileSync(path, 'text');
    const before = (await seeFile(path, nodeFiles)) as SeenFile;
    assert.equal(before.size, 4);
    assert.deepEqual(await seeFile(path, nodeFiles), before, 'control: unless it has not');
    change(path);
    const after = (await seeFile(path, nodeFiles)) as SeenFile;
    assert.notEqual(after.mark, before.mark);
    assert.equal(isSameInode(before.mark, after), sameInode);
  });
}

test('what is no file has no mark', async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('file', join(folder, 'link'));
  mkdirSync(join(folder, 'folder'));
  spawnSync('mkfifo', [join(folder, 'fifo')]);
  for (const name of ['link', 'folder', 'fifo', 'nothing', 'file/below']) {
    assert.equal(await seeFile(join(folder, name), nodeFiles), undefined, name);
  }
});

test('marks are read back, and nothing else is', async (t) => {
  const path = join(tempFolder(t), 'file');
  writeFileSync(path, '');
  const { mark } = (await seeFile(path, nodeFiles)) as SeenFile;
  assert.equal(parseFileMark(mark), mark);
  for (const other of ['', '1:2', '1:2:3:4', 'a:b:c', 7, null, undefined])
    assert.equal(parseFileMark(other), undefined);
});
