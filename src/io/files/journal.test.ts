import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import { type FileCalls, nodeFiles } from './calls.ts';
import { Journal, JournalGoneError } from './journal.ts';
import { systemError, watchedFiles } from './watched-files.ts';

async function opened(path: string, calls = nodeFiles, guarded = true) {
  const records: unknown[] = [];
  const apply = (record: unknown): void => void records.push(record);
  const { journal, damagedLines } = await Journal.open(path, { apply, snapshot: () => records, guarded, calls });
  return { journal, damagedLines, records };
}

/** The records that a fresh start finds in the journal at `path`. */
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
  records.splice(0, 3, { sum: 3 });
  const rewritten = journal.rewrite();
  await Promise.all([journal.append({ n: 4 }), rewritten]);
  await journal.append({ n: 5 });
  await journal.close();
  assert.deepEqual((await reread(path)).records, [{ sum: 3 }, { n: 4 }, { n: 5 }]);
});

test('a journal that was closed takes nothing more', async (t) => {
  const path = journalPath(t);
  const calls: string[] = [];
  const { journal } = await opened(
    path,
    watchedFiles(({ name }) => void calls.push(name)),
  );
  await journal.close();
  calls.length = 0;
  await assert.rejects(journal.append({ n: 1 }), /the journal is closed/);
  assert.deepEqual(calls, [], 'no file is touched, or even made');
});

/** The call that fails once, or from then on; and how many calls of that name are let through before. */
const failures = [
  { name: 'a full disk', failing: 'write', after: 0, code: 'ENOSPC', lasting: false },
  { name: 'a disk full in the middle of a line', failing: 'write', after: 1, code: 'ENOSPC', lasting: false },
  { name: 'a failed fsync', failing: 'datasync', after: 0, code: 'EIO', lasting: false },
  { name: 'a full disk for a while', failing: 'write', after: 0, code: 'ENOSPC', lasting: true },
  { name: 'failed fsyncs for a while', failing: 'datasync', after: 0, code: 'EIO', lasting: true },
];
for (const { name, failing, after, code, lasting } of failures) {
  test(`${name}: the append fails, nothing of it comes back, and the next ones are kept`, async (t) => {
    const path = journalPath(t);
    let fails = false;
    let seen = 0;
    const calls = watchedFiles(({ name, values }) => {
      if (name === 'write') values[2] = Math.min(Number(values[2]), 20);
      if (!fails || name !== failing || seen++ < after) return;
      fails = lasting;
      throw systemError(code);
    });
    const { journal } = await opened(path, calls);
    await journal.append({ n: 1 });
    fails = true;
    await assert.rejects(journal.append({ n: 2, text: 'longer than twenty bytes' }), { code });
    if (lasting) await assert.rejects(journal.append({ n: 3 }), { code });
    assert.deepEqual((await reread(path)).records, [{ n: 1 }]);
    fails = false;
    await journal.append({ n: 4 });
    await journal.close();
    assert.deepEqual(await reread(path), { records: [{ n: 1 }, { n: 4 }], damagedLines: 0 });
    assert.deepEqual(readdirSync(dirname(path)).sort(), ['journal']);
  });
}

test('after a rewrite the journal goes on in the file that has its name, whatever follows', async (t) => {
  const path = journalPath(t);
  let opens = true;
  const open: FileCalls['open'] = (...options) => {
    assert.ok(opens, 'nothing is opened again');
    return nodeFiles.open(...options);
  };
  const { journal } = await opened(path, { ...nodeFiles, open });
  await journal.append({ n: 1 });
  await journal.rewrite();
  opens = false;
  await journal.append({ n: 2 });
  await journal.close();
  assert.deepEqual((await reread(path)).records, [{ n: 1 }, { n: 2 }]);
});

const gone: { name: string; take: (path: string) => void; giveBack?: (path: string) => void }[] = [
  { name: 'removed', take: (path) => rmSync(path) },
  {
    name: 'moved away',
    take: (path) => renameSync(path, `${path}.moved`),
    giveBack: (path) => renameSync(`${path}.moved`, path),
  },
  {
    name: 'replaced by another',
    take: (path) => {
      renameSync(path, `${path}.moved`);
      writeFileSync(path, '');
    },
    giveBack: (path) => renameSync(`${path}.moved`, path),
  },
  {
    name: 'in a folder that was moved away',
    take: (path) => renameSync(dirname(path), `${dirname(path)}.moved`),
    giveBack: (path) => renameSync(`${dirname(path)}.moved`, dirname(path)),
  },
  {
    name: 'in a folder that another took the place of',
    take: (path) => {
      renameSync(dirname(path), `${dirname(path)}.moved`);
      mkdirSync(dirname(path));
    },
    giveBack: (path) => {
      rmSync(dirname(path), { recursive: true });
      renameSync(`${dirname(path)}.moved`, dirname(path));
    },
  },
];
for (const { name, take, giveBack } of gone) {
  test(`a journal that was ${name} promises nothing${giveBack === undefined ? '' : ', until it is back'}`, async (t) => {
    const path = join(tempFolder(t), 'metadata', 'journal');
    mkdirSync(dirname(path));
    const { journal } = await opened(path);
    await journal.append({ n: 1 });
    take(path);
    await assert.rejects(journal.append({ n: 2 }), JournalGoneError);
    await assert.rejects(journal.rewrite(), JournalGoneError);
    await assert.rejects(journal.check(), JournalGoneError);
    if (giveBack !== undefined) {
      giveBack(path);
      await journal.check();
      await journal.append({ n: 3 });
      assert.deepEqual((await reread(path)).records, [{ n: 1 }, { n: 3 }]);
    }
    await journal.close();
  });
}

test('control: a link to the folder of the journal is the same journal', async (t) => {
  const path = join(tempFolder(t), 'metadata', 'journal');
  mkdirSync(dirname(path));
  const { journal } = await opened(path);
  renameSync(dirname(path), `${dirname(path)}.moved`);
  symlinkSync(`${dirname(path)}.moved`, dirname(path));
  await journal.append({ n: 1 });
  await journal.close();
  assert.deepEqual((await reread(path)).records, [{ n: 1 }]);
});
