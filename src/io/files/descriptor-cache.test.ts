import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import type { FileHandle } from './calls.ts';
import { DescriptorCache } from './descriptor-cache.ts';
import { readFully } from './files.ts';
import { watchedFiles } from './watched-files.ts';

/** A cache of two files in a folder with files `a` to `d`, and the names of those that are open. */
async function smallCache(t: TestContext) {
  const directory = tempFolder(t);
  for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(directory, name), name);
  const open: string[] = [];
  const calls = watchedFiles(
    () => {},
    ({ name, file }) => {
      if (name === 'open') open.push(file);
      if (name === 'close') open.splice(open.indexOf(file), 1);
    },
  );
  const cache = new DescriptorCache(calls, 2);
  t.after(() => cache.close());
  const pathOf = (name: string): string => join(directory, name);
  const use = <Result>(name: string, work: (handle: FileHandle) => Promise<Result>): Promise<Result> =>
    cache.use(pathOf(name), constants.O_RDONLY, work);
  const read = (name: string): Promise<string> =>
    use(name, async (handle) => {
      const into = new Uint8Array(1);
      await readFully(handle, into, 0);
      return String.fromCharCode(...into);
    });
  return { cache, pathOf, use, read, open };
}

test('the least recently used file is closed for another', async (t) => {
  const { read, open } = await smallCache(t);
  for (const name of ['a', 'b', 'a', 'c']) assert.equal(await read(name), name);
  assert.deepEqual(open, ['a', 'c']);
  assert.equal(await read('b'), 'b');
  assert.deepEqual(open, ['c', 'b']);
});

test('no file is closed while somebody works with it', async (t) => {
  const { cache, pathOf, use, read, open } = await smallCache(t);
  await use('a', async (handle) => {
    for (const name of ['b', 'c', 'd']) await read(name);
    assert.ok(open.includes('a'));
    await cache.forget(pathOf('a'));
    assert.equal(await readFully(handle, new Uint8Array(2), 0), 1);
  });
  assert.ok(!open.includes('a'), 'closed by its last user');
});

test('more files than the limit are open while all of them are worked with', async (t) => {
  const { use, open } = await smallCache(t);
  await use('a', () => use('b', () => use('c', async () => assert.deepEqual(open, ['a', 'b', 'c']))));
  assert.equal(open.length, 2);
});

test('a forgotten path is opened anew', async (t) => {
  const { cache, pathOf, read } = await smallCache(t);
  assert.equal(await read('a'), 'a');
  await cache.forget(pathOf('a'));
  await writeFile(pathOf('a'), 'x');
  assert.equal(await read('a'), 'x');
});

test('a file that could not be opened is tried again', async (t) => {
  const { pathOf, read } = await smallCache(t);
  await assert.rejects(read('new'), { code: 'ENOENT' });
  await writeFile(pathOf('new'), 'n');
  assert.equal(await read('new'), await readFile(pathOf('new'), 'utf8'));
});

test('closing closes all', async (t) => {
  const { cache, read, open } = await smallCache(t);
  for (const name of ['a', 'b']) await read(name);
  await cache.close();
  assert.deepEqual(open, []);
});
