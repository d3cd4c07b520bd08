import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { singleSample, treeSample } from '../io/downloads/downloads.testing.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { SavedFiles } from './saved-files.ts';

const lineOf = (record: unknown): string => {
  const json = JSON.stringify(record);
  return `${createHash('sha1').update(json).digest('hex').slice(0, 8)} ${json}\n`;
};

test('what cannot be read of the memory of a node costs nothing else', async (t) => {
  const directory = tempFolder(t);
  const [one, tree] = [singleSample().file, treeSample().file];
  const before = await SavedFiles.open(directory);
  for (const { id, ...file } of [one, tree]) await before.save({ id, file, origin: undefined });
  await before.close();
  const others = [
    { type: 'file', id: one.id, info: 'bm90aGluZw==' },
    { type: 'file', id: one.id },
    { type: 'file', id: 7, info: '' },
    { type: 'later' },
  ];
  appendFileSync(join(directory, 'files.journal'), `${others.map(lineOf).join('')}5f2c9a10 {"type":"fi`);
  const after = await SavedFiles.open(directory);
  t.after(() => after.close());
  assert.deepEqual(
    after.files.map(({ id, file: { name } }) => [id, name]),
    [one, tree].map(({ id, name }) => [id, name]),
  );
});
