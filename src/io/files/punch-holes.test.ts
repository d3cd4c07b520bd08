import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import { punchHoles } from './punch-holes.ts';

const onLinux = { skip: process.platform !== 'linux' && 'only Linux can punch holes' };

test('holes read as zeros and take no space; the rest, and the length, stay', onLinux, async (t) => {
  const path = join(tempFolder(t), 'it\'s 100% "so"');
  const content = randomBytes(1_000_000);
  await writeFile(path, content);
  const before = (await stat(path)).blocks;
  await punchHoles(path, [
    { offset: 0, size: 100_000 },
    { offset: 300_001, size: 500_000 },
    { offset: 999_999, size: 1 },
  ]);
  content.fill(0, 0, 100_000).fill(0, 300_001, 800_001).fill(0, 999_999);
  assert.deepEqual(await readFile(path), content);
  assert.ok(before - (await stat(path)).blocks > 1000, 'more than half a megabyte is free');
});

test('what cannot be opened fails, however many holes there are', async (t) => {
  const places = Array.from({ length: 50_000 }, (_, index) => ({ offset: index * 8192, size: 4096 }));
  await assert.rejects(punchHoles(join(tempFolder(t), 'none', 'there'), places));
});

test('what cannot have holes fails', async (t) => {
  await assert.rejects(punchHoles(tempFolder(t), [{ offset: 0, size: 4096 }]));
});
