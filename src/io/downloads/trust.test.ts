import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nodeFiles } from '../files/calls.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { treeSample } from './downloads.testing.ts';
import type { FileMark, SeenFile } from './file-mark.ts';
import { Layout } from './layout.ts';
import { SavedState } from './saved-state.ts';
import { trustOf } from './trust.ts';

/** Pieces 0, 1: first. 2: second. 3: third, fourth. 4: fourth. 5: fourth, fifth. */
const layout = new Layout(treeSample().file);
const [first, second, , third, fourth, fifth] = [0, 1, 2, 3, 4, 5] as const;

const seen = (file: number, time = 1, inode = file): SeenFile => {
  const size = layout.files[file]?.length ?? 0;
  return { mark: `${size}:${time}:${inode}` as FileMark, size, inode: String(inode) };
};
const asRecorded = layout.files.map((_, file) => seen(file));

/** A state that names `parts`, and all files as they are in `asRecorded`. */
async function stateOf(t: TestContext, parts: readonly number[], unsure: readonly number[] = []): Promise<SavedState> {
  const state = await SavedState.open(join(tempFolder(t), 'state'), 6, nodeFiles);
  t.after(() => state.close());
  const marks = new Map(asRecorded.map(({ mark }, file) => [file, mark]));
  await state.append({ parts, unsure: [], lost: [], marks });
  await state.append({ parts: [], unsure, lost: [], marks: new Map() });
  return state;
}

/** `asRecorded`, but for those. */
const but = (changed: Record<number, SeenFile | undefined>): (SeenFile | undefined)[] =>
  asRecorded.map((file, index) => (index in changed ? changed[index] : file));

const short: SeenFile = { ...seen(fourth), size: 20_000 };

const cases = [
  { name: 'all as recorded', parts: [0, 3, 5], files: asRecorded, there: [0, 3, 5], unsure: [], doubtful: [] },
  {
    name: 'one written to',
    parts: [0, 3, 5],
    files: but({ [fourth]: seen(fourth, 2) }),
    there: [0, 3, 5],
    unsure: [3, 5],
    doubtful: [4],
  },
  {
    name: 'one replaced',
    parts: [0, 2, 3, 5],
    files: but({ [fourth]: seen(fourth, 1, 77) }),
    there: [0, 2],
    unsure: [],
    doubtful: [3, 4, 5],
  },
  {
    name: 'one shorter',
    parts: [2, 4],
    files: but({ [fourth]: short }),
    there: [2],
    unsure: [],
    doubtful: [3, 4, 5],
  },
  {
    name: 'one gone: what it shares with others is hashed, if only to be sure',
    parts: [2, 3, 4, 5],
    files: but({ [fourth]: undefined }),
    there: [2],
    unsure: [],
    doubtful: [3, 5],
  },
  {
    name: 'one gone that nothing was in',
    parts: [2],
    files: but({ [fourth]: undefined }),
    there: [2],
    unsure: [],
    doubtful: [],
  },
  {
    name: 'one gone and one written to',
    parts: [],
    files: but({ [third]: undefined, [fourth]: seen(fourth, 2) }),
    there: [],
    unsure: [],
    doubtful: [3, 4, 5],
  },
  { name: 'all gone', parts: [0, 1, 2], files: asRecorded.map(() => undefined), there: [], unsure: [], doubtful: [] },
];
for (const { name, parts, files, ...belief } of cases) {
  test(`what is believed: ${name}`, async (t) => {
    assert.deepEqual(trustOf(layout, await stateOf(t, parts), files), belief);
  });
}

test('what was unsure is so until it is rechecked', async (t) => {
  const state = await stateOf(t, [1, 2], [1]);
  assert.deepEqual(trustOf(layout, state, asRecorded), { there: [1, 2], unsure: [1], doubtful: [] });
});

test('without a state nothing is believed, and what is there is looked at', async (t) => {
  const state = await SavedState.open(join(tempFolder(t), 'state'), 6, nodeFiles);
  t.after(() => state.close());
  const all = [0, 1, 2, 3, 4, 5];
  assert.deepEqual(trustOf(layout, state, asRecorded).doubtful, all);
  const files = but({ [first]: undefined, [second]: undefined, [fifth]: undefined });
  assert.deepEqual(trustOf(layout, state, files).doubtful, [3, 4, 5]);
});
