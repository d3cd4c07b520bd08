import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import { FolderTakenError, lockFolder } from './folder-lock.ts';
import { systemError, watchedFiles } from './watched-files.ts';

/** The note that the process which started this test would leave. */
async function livingNote(): Promise<string> {
  const stat = await readFile(`/proc/${process.ppid}/stat`, 'latin1');
  return `owner.${process.ppid}.${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

test('a directory is taken while its owner lives, and free after it', async (t) => {
  const directory = tempFolder(t);
  const note = await livingNote();
  await writeFile(join(directory, note), '');
  await assert.rejects(lockFolder(directory), (error) => {
    assert.ok(error instanceof FolderTakenError);
    assert.match(error.message, new RegExp(`process ${process.ppid}$`));
    return true;
  });
  assert.deepEqual(await readdir(directory), [note], 'who gives way leaves nothing behind');
});

const stale = [
  { name: 'no such process', note: 'owner.4194305.1' },
  { name: 'another process with its number', note: `owner.${process.ppid}.1` },
];
for (const { name, note } of stale) {
  test(`a note of the dead is removed: ${name}`, async (t) => {
    const directory = tempFolder(t);
    await writeFile(join(directory, note), '');
    await writeFile(join(directory, 'owner.txt'), 'no note');
    const lock = await lockFolder(directory);
    const names = await readdir(directory);
    assert.ok(!names.includes(note));
    assert.ok(names.some((each) => each.startsWith(`owner.${process.pid}.`)));
    await lock.release();
    assert.deepEqual(await readdir(directory), ['owner.txt']);
  });
}

test('a note that cannot be removed is no failure of the one who leaves', async (t) => {
  const directory = tempFolder(t);
  const calls = watchedFiles(({ name }) => {
    if (name === 'unlink') throw systemError('EACCES');
  });
  await (await lockFolder(directory, calls)).release();
  assert.equal((await readdir(directory)).length, 1);
});
