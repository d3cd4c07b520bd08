import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderInUse, lockFolder } from './lock.ts';
import { tempFolder } from './temp-folder.testing.ts';

test('a folder is taken by one at a time', async (t) => {
  const folder = join(tempFolder(t), 'made');
  const unlock = await lockFolder(folder);
  await assert.rejects(lockFolder(folder), (error) => {
    assert.ok(error instanceof FolderInUse);
    assert.match(error.message, new RegExp(`in use by process ${process.pid}$`));
    return true;
  });
  await unlock();
  assert.equal(existsSync(join(folder, 'lock')), false);
  await (await lockFolder(folder))();
});

const remains: { name: string; content: string }[] = [
  { name: 'a process that is no more', content: `${2 ** 22 + 1} 17\n` },
  { name: 'an earlier process with our number', content: `${process.pid} 1\n` },
  { name: 'a crash while it was written', content: 'garbage' },
];
for (const { name, content } of remains) {
  test(`the lock of ${name} is taken over`, async (t) => {
    const folder = tempFolder(t);
    writeFileSync(join(folder, 'lock'), content);
    const unlock = await lockFolder(folder);
    assert.match(readFileSync(join(folder, 'lock'), 'utf8'), new RegExp(`^${process.pid} `));
    await unlock();
  });
}
