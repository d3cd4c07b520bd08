import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Journal } from './journal.ts';
import { tempFolder } from './temp-folder.testing.ts';

async function opened(path: string) {
  const records: unknown[] = [];
  const { journal, damagedLines } = await Journal.open(path, (record) => records.push(record));
  return { journal, damagedLines, records };
}

/** What a fresh start finds in the journal at `path`. */
async function reread(path: string) {
  const { journal, ...found } = await opened(path);
  await journal.close();
  return found;
}

const journalPath = (t: TestContext): string => join(tempFolder(t), 'journal');
const three = [{ n: 1 }, { n: 2, text: 'line\nbreak and ж' }, { n: 3 }];

async function journalOfThree(path: string): Promise<void> {
  const { journal } = await opened(path);
  for (const record of three) await journal.append(record);
  await journal.close();
}

test('records are there after a restart, in order, and were applied as they came', async (t) => {
  const path = journalPath(t);
  const { journal, records } = await opened(path);
  await Promise.all(three.map((record) => journal.append(record)));
  assert.deepEqual(records, three);
  await journal.close();
  assert.deepEqual(await reread(path), { records: three, damagedLines: 0 });
});

test('a line is on disk before its append settles', async (t) => {
  const path = journalPath(t);
  const { journal } = await opened(path);
  await journal.append({ n: 1 });
  assert.match(readFileSync(path, 'utf8'), /^[0-9a-f]{8} \{"n":1\}\n$/);
  await journal.close();
});

test('cut at any byte, the journal loses only the record that was cut', async (t) => {
  const path = journalPath(t);
  await journalOfThree(path);
  const whole = readFileSync(path);
  const ends = [...whole.keys()].filter((index) => whole[index] === 0x0a).map((index) => index + 1);
  for (let length = 0; length <= whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    const complete = ends.filter((end) => end <= length).length;
    const { records, damagedLines } = await reread(path);
    assert.deepEqual(records, three.slice(0, complete), `cut at ${length}`);
    assert.equal(damagedLines, length === 0 || ends.includes(length) ? 0 : 1, `cut at ${length}`);
  }
});

test('a record appended after a torn one is kept', async (t) => {
  const path = journalPath(t);
  await journalOfThree(path);
  await appendFile(path, '0badbeef {"torn":tr');
  const { journal } = await opened(path);
  await journal.append({ n: 4 });
  await journal.close();
  assert.deepEqual(await reread(path), { records: [...three, { n: 4 }], damagedLines: 0 });
});

test('a damaged line in the middle costs only itself, and the damaged file is kept', async (t) => {
  const path = journalPath(t);
  await journalOfThree(path);
  const damaged = readFileSync(path);
  const second = damaged.indexOf('break');
  damaged.writeUInt8(damaged.readUInt8(second) ^ 1, second);
  writeFileSync(path, damaged);
  assert.deepEqual(await reread(path), { records: [three[0], three[2]], damagedLines: 1 });
  assert.deepEqual(readFileSync(`${path}.damaged`), damaged);
  assert.equal((await reread(path)).damagedLines, 0, 'mended by the first start');
});

test('an undamaged journal leaves nothing beside it', async (t) => {
  const path = journalPath(t);
  await journalOfThree(path);
  await reread(path);
  assert.equal(existsSync(`${path}.damaged`), false);
});

test('rewriting keeps what was appended before and what comes after', async (t) => {
  const path = journalPath(t);
  const { journal, records } = await opened(path);
  await Promise.all([1, 2, 3].map((n) => journal.append({ n })));
  const rewritten = journal.rewrite(() => [{ sum: records.length }]);
  await Promise.all([journal.append({ n: 4 }), rewritten]);
  await journal.append({ n: 5 });
  await journal.close();
  assert.deepEqual((await reread(path)).records, [{ sum: 3 }, { n: 4 }, { n: 5 }]);
});

test('when the file cannot be written, the append fails, and so do later ones', async (t) => {
  const { journal } = await opened(journalPath(t));
  await journal.close();
  await assert.rejects(journal.append({ n: 1 }));
  await assert.rejects(journal.append({ n: 2 }), /can no longer be written/);
});

test('after a rewrite the journal goes on in the file that has its name, whatever follows', async (t) => {
  const path = journalPath(t);
  const { journal } = await opened(path);
  await journal.append({ n: 1 });
  await journal.rewrite(() => [{ sum: 1 }]);
  // From here on the old file could not even be opened any more.
  renameSync(path, `${path}.moved`);
  await journal.append({ n: 2 });
  await journal.close();
  renameSync(`${path}.moved`, path);
  assert.deepEqual((await reread(path)).records, [{ sum: 1 }, { n: 2 }]);
});
