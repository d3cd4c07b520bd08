import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nodeFiles } from '../files/calls.ts';
import { Journal } from '../files/journal.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import type { FileMark } from './file-mark.ts';
import { SavedState, type StateChange } from './saved-state.ts';

const pieces = 20;
const mark = (text: string): FileMark => `${text}:2:3` as FileMark;
const nothing: StateChange = { unsure: [], lost: [], parts: [], marks: new Map() };

const statePath = (t: TestContext): string => join(tempFolder(t), 'state');

async function write(path: string, changes: readonly Partial<StateChange>[]): Promise<void> {
  const state = await SavedState.open(path, pieces, nodeFiles);
  for (const change of changes) await state.append({ ...nothing, ...change });
  await state.close();
}

/** The state that a fresh start reads. */
async function read(path: string) {
  const state = await SavedState.open(path, pieces, nodeFiles);
  const all = Array.from({ length: pieces }, (_, pieceIndex) => pieceIndex);
  const found = {
    parts: all.filter((pieceIndex) => state.has(pieceIndex)),
    unsure: all.filter((pieceIndex) => state.isUnsure(pieceIndex)),
    marks: [0, 1, 2].map((file) => state.mark(file)),
  };
  await state.close();
  return found;
}

const empty = { parts: [], unsure: [], marks: [undefined, undefined, undefined] };

test('a state that was never written says nothing', async (t) => {
  assert.deepEqual(await read(statePath(t)), empty);
});

test('changes are there after a restart, each on top of those before', async (t) => {
  const path = statePath(t);
  await write(path, [
    { parts: [1, 2, 3, 9], marks: new Map([[0, mark('1')]]) },
    { unsure: [1, 2, 3], marks: new Map([[1, mark('2')]]) },
    { lost: [1, 9], parts: [2, 9], marks: new Map([[0, mark('3')]]) },
  ]);
  assert.deepEqual(await read(path), { parts: [2, 3, 9], unsure: [3], marks: [mark('3'), mark('2'), undefined] });
});

test('many changes are summed up, and say the same', async (t) => {
  const path = statePath(t);
  const changes = Array.from({ length: 1001 }, (_, index) => ({ parts: [index % 5] }));
  await write(path, [...changes, { unsure: [2], marks: new Map([[0, mark('1')]]) }]);
  const found = await read(path);
  assert.deepEqual(found, { parts: [0, 1, 2, 3, 4], unsure: [2], marks: [mark('1'), undefined, undefined] });
  assert.ok(readFileSync(path, 'latin1').split('\n').length < 10);
  await write(path, changes);
  assert.deepEqual((await read(path)).unsure, [], 'also what was unsure when it was summed up');
});

test('what is unsure stays so when it is summed up', async (t) => {
  const path = statePath(t);
  await write(path, [{ parts: [7, 8] }, { unsure: [8] }, ...Array.from({ length: 1000 }, () => ({ parts: [1] }))]);
  assert.deepEqual(await read(path), { ...empty, parts: [1, 7, 8], unsure: [8] });
});

test('a line cut short says nothing; those before it do', async (t) => {
  const path = statePath(t);
  await write(path, [{ parts: [1] }, { parts: [2] }]);
  truncateSync(path, readFileSync(path).length - 3);
  assert.deepEqual(await read(path), { ...empty, parts: [1] });
});

const foreign = [
  { name: 'a number', record: 7 },
  { name: 'nothing', record: null },
  { name: 'a member missing', record: { lost: '', parts: '1', files: {} } },
  { name: 'a piece too far', record: { unsure: '', lost: '', parts: `${pieces}`, files: {} } },
  { name: 'ranges that are none', record: { unsure: '', lost: '', parts: '5-3', files: {} } },
  { name: 'a mark that is none', record: { unsure: '', lost: '', parts: '', files: { 0: 'x' } } },
];
for (const { name, record } of foreign) {
  test(`a line that nobody here can read, and all of the state says nothing: ${name}`, async (t) => {
    const path = statePath(t);
    await write(path, [{ parts: [1] }]);
    const { journal } = await Journal.open(path, { apply: () => {}, snapshot: () => [] });
    await journal.append(record);
    await journal.close();
    assert.deepEqual(await read(path), empty);
    await write(path, [{ parts: [3] }]);
    assert.deepEqual((await read(path)).parts, [3], 'and what is written from then on counts');
  });
}

test('a bit turned in any line, and all of the state says nothing', async (t) => {
  const path = statePath(t);
  await write(path, [{ parts: [1, 2] }, { lost: [1] }, { parts: [3] }]);
  const bytes = readFileSync(path);
  const starts = [...bytes.keys()].filter((index) => index === 0 || bytes[index - 1] === 0x0a);
  assert.equal(starts.length, 3);
  for (const start of starts) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(start + 20) ^ 1, start + 20);
    writeFileSync(path, damaged);
    assert.deepEqual(await read(path), empty);
  }
});
