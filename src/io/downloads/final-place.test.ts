import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type FileCalls, nodeFiles } from '../files/calls.ts';
import { systemError, watchedFiles } from '../files/watched-files.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { type Move, putBack, settleFinalName, takeFinalName } from './final-place.ts';

/** A complete file or folder, and where it is to go. `aside` is in the folder that it is in. */
function place(t: TestContext, what: 'file' | 'folder', overwrite: boolean): Move {
  const directory = tempFolder(t);
  const part = join(directory, 'part');
  mkdirSync(part);
  const from = join(part, 'new');
  if (what === 'folder') mkdirSync(from);
  writeFileSync(what === 'folder' ? join(from, 'new') : from, 'new');
  return {
    from,
    to: join(directory, 'name'),
    isFolder: what === 'folder',
    overwrite,
    aside: join(part, 'aside'),
  };
}

const textAt = (path: string, what: 'file' | 'folder'): string =>
  readFileSync(what === 'folder' ? join(path, 'new') : path, 'utf8');

async function moved(move: Move, calls: FileCalls = nodeFiles): Promise<void> {
  await takeFinalName(move, calls);
  await settleFinalName(move, calls);
}

const before = {
  nothing: () => {},
  'a file': (path: string) => writeFileSync(path, 'old'),
  'an empty folder': (path: string) => mkdirSync(path),
  'a folder': (path: string) => {
    mkdirSync(path);
    writeFileSync(join(path, 'old'), 'old');
  },
  'a link': (path: string) => symlinkSync('elsewhere', path),
};
const kinds = ['file', 'folder'] as const;

for (const what of kinds) {
  for (const [old, make] of Object.entries(before)) {
    test(`a ${what} gets its name, where there was ${old}, if it may`, async (t) => {
      const move = place(t, what, true);
      make(move.to);
      await moved(move);
      assert.equal(textAt(move.to, what), 'new');
      if (what === 'folder') assert.deepEqual(readdirSync(move.to), ['new']);
    });

    if (old === 'nothing') continue;
    test(`a ${what} does not get its name where there is ${old}`, async (t) => {
      const move = place(t, what, false);
      make(move.to);
      const found = readdirSync(join(move.to, '..'), { recursive: true });
      const failure = {
        name: 'DownloadError',
        code: 'target-exists',
        message: /What was downloaded is whole, in .*new/,
      };
      await assert.rejects(moved(move), failure);
      assert.deepEqual(readdirSync(join(move.to, '..'), { recursive: true }), found);
      assert.equal(textAt(move.from, what), 'new');
    });

    // An empty folder is what no rename spares.
    if (what === 'folder' && (old === 'an empty folder' || old === 'a link')) continue;
    test(`a ${what} does not get its name where ${old} comes at the last moment`, async (t) => {
      const move = place(t, what, false);
      const calls = watchedFiles(({ name, path }) => {
        if ((name === 'link' || name === 'rename') && path === move.from) make(move.to);
      });
      await assert.rejects(moved(move, calls), { code: 'target-exists' });
      assert.equal(textAt(move.from, what), 'new');
    });
  }

  test(`a ${what} gets its name where nothing is, also without leave to replace`, async (t) => {
    const move = place(t, what, false);
    await moved(move);
    assert.equal(textAt(move.to, what), 'new');
  });

  test(`what was put aside for a ${what} comes back when that does not come after all`, async (t) => {
    const move = place(t, what, true);
    before['a folder'](move.to);
    const calls = watchedFiles(({ name, path }) => {
      if (name === 'rename' && path === move.from) throw systemError('EIO');
    });
    await assert.rejects(moved(move, calls), { code: 'EIO' });
    assert.equal(readFileSync(join(move.to, 'old'), 'utf8'), 'old');
    assert.ok(!existsSync(move.aside));
    assert.equal(textAt(move.from, what), 'new');
  });
}

test('a file system without second names renames', async (t) => {
  const calls: FileCalls = {
    ...nodeFiles,
    link: async () => {
      throw systemError('EPERM');
    },
  };
  const move = place(t, 'file', false);
  await moved(move, calls);
  assert.equal(textAt(move.to, 'file'), 'new');
  const taken = place(t, 'file', false);
  writeFileSync(taken.to, 'old');
  await assert.rejects(moved(taken, calls), { code: 'target-exists' });
  assert.equal(readFileSync(taken.to, 'utf8'), 'old');
});

test('what was put aside before a crash is put back', async (t) => {
  const { aside, to } = place(t, 'file', true);
  await putBack(aside, to, nodeFiles);
  before['a folder'](aside);
  await putBack(aside, to, nodeFiles);
  assert.ok(!existsSync(aside));
  assert.equal(readFileSync(join(to, 'old'), 'utf8'), 'old');
});

test('what was put aside stays there when its name is taken, until that is replaced too', async (t) => {
  const move = place(t, 'folder', true);
  before['a folder'](move.aside);
  writeFileSync(move.to, 'something else');
  await putBack(move.aside, move.to, nodeFiles);
  assert.equal(readFileSync(join(move.aside, 'old'), 'utf8'), 'old');
  await moved(move);
  assert.equal(textAt(move.to, 'folder'), 'new');
});
