import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeFiles } from '../files/calls.ts';
import { fileId } from '../files/files.testing.ts';
import { systemError, watchedFiles } from '../files/watched-files.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { PartFolder } from './part-folder.ts';

const id = fileId('a');
const name = `${id}.part`;

test('it is for one at a time, and for nobody else to look into', async (t) => {
  const directory = tempFolder(t);
  const first = await PartFolder.take(directory, id, nodeFiles);
  assert.equal(first.found, false);
  assert.equal(statSync(first.path).mode & 0o777, 0o700);
  await assert.rejects(PartFolder.take(directory, id, nodeFiles), { name: 'DownloadError', code: 'in-use' });
  await (await PartFolder.take(directory, fileId('b'), nodeFiles)).release();
  await first.release();
  chmodSync(first.path, 0o777);
  const second = await PartFolder.take(directory, id, nodeFiles);
  assert.equal(second.found, true);
  assert.equal(statSync(first.path).mode & 0o777, 0o700);
  await second.release();
});

test('it is free again when it could not be taken', async (t) => {
  const directory = tempFolder(t);
  for (const failing of ['mkdir', 'chmod', 'readdir', 'realpath']) {
    const calls = watchedFiles((call) => {
      if (call.name === failing) throw systemError('EIO');
    });
    await assert.rejects(PartFolder.take(directory, id, calls), { code: 'EIO' });
  }
  await (await PartFolder.take(directory, id, nodeFiles)).release();
});

test('it is removed with all that is in it', async (t) => {
  const directory = tempFolder(t);
  const folder = await PartFolder.take(directory, id, nodeFiles);
  mkdirSync(folder.dataPath('tree/a/b'), { recursive: true });
  writeFileSync(folder.dataPath('tree/a/b/c'), '');
  writeFileSync(folder.statePath, '');
  await folder.remove();
  assert.deepEqual(readdirSync(directory), []);
});

test('what the next one puts there, while it is being removed, stays', async (t) => {
  const directory = tempFolder(t);
  const next: { opening?: Promise<PartFolder> } = {};
  const calls = watchedFiles(async ({ name: call, path }) => {
    if (call !== 'rmdir' || !path.endsWith(name)) return;
    next.opening = PartFolder.take(directory, id, nodeFiles);
    const folder = await next.opening;
    writeFileSync(folder.statePath, '');
  });
  const folder = await PartFolder.take(directory, id, calls);
  await folder.remove();
  assert.ok(existsSync(join(directory, name, 'state')));
  await (await next.opening)?.remove();
  assert.deepEqual(readdirSync(directory), []);
});

test('it is released even if it cannot be removed', async (t) => {
  const directory = tempFolder(t);
  const calls = watchedFiles(({ name: call, file }) => {
    if (call === 'unlink' && file === 'state') throw systemError('EIO');
  });
  const folder = await PartFolder.take(directory, id, calls);
  writeFileSync(folder.statePath, '');
  await assert.rejects(folder.remove(), { code: 'EIO' });
  assert.deepEqual(readdirSync(folder.path), ['state']);
  await (await PartFolder.take(directory, id, nodeFiles)).remove();
});
