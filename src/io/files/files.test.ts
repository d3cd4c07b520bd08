import assert from 'node:assert/strict';
import { chmod, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import type { FileHandle } from './calls.ts';
import { isThere, readFully, removeFile, removeTree, writeFileAtomically, writeFully } from './files.ts';
import { makeFolder, makeUserFolder } from './folders.ts';
import { systemError, watchedFiles } from './watched-files.ts';

test('a folder gets exactly its mode, with its parents, and when it was there before', async (t) => {
  const path = join(tempFolder(t), 'a', 'b');
  for (const mode of [0o700, 0o750]) {
    await makeFolder(path, mode);
    assert.equal((await stat(path)).mode & 0o777, mode);
  }
});

test('a folder of the user gets the rights that the umask leaves, and keeps those it has', async (t) => {
  const path = join(tempFolder(t), 'a', 'b');
  await makeUserFolder(path);
  assert.equal((await stat(path)).mode & 0o777, 0o777 & ~process.umask());
  await chmod(path, 0o750);
  await makeUserFolder(path);
  assert.equal((await stat(path)).mode & 0o777, 0o750);
  await symlink(path, `${path}.link`);
  await makeUserFolder(`${path}.link`);
  await writeFile(join(path, 'file'), '');
  await assert.rejects(makeUserFolder(join(path, 'file')), { code: 'EEXIST' });
});

test('a tree is removed with all that is in it, and nothing that its links lead to', async (t) => {
  const directory = tempFolder(t);
  const tree = join(directory, 'tree');
  await makeUserFolder(join(tree, 'a', 'b'));
  await writeFile(join(tree, 'a', 'file'), '');
  await makeUserFolder(join(directory, 'precious'));
  await writeFile(join(directory, 'precious', 'file'), '');
  await symlink(join(directory, 'precious'), join(tree, 'a', 'link'));
  await symlink('nowhere', join(tree, 'dangling'));
  assert.ok(await isThere(join(tree, 'dangling')));
  await removeTree(tree);
  assert.equal(await isThere(tree), false);
  assert.deepEqual(await readdir(join(directory, 'precious')), ['file']);
  await removeTree(join(directory, 'precious', 'file'));
  await assert.rejects(removeTree(tree), { code: 'ENOENT' });
});

test('a folder that takes no folders is an error, not an endless loop', async () => {
  await assert.rejects(makeFolder('/proc/rivulet/x', 0o700), /\/proc takes no folders/);
});

test('a file in the way is an error', async (t) => {
  const path = join(tempFolder(t), 'file');
  await writeFile(path, '');
  await assert.rejects(makeFolder(path, 0o700), { code: 'EEXIST' });
  await assert.rejects(makeFolder(join(path, 'below'), 0o700), { code: 'ENOTDIR' });
});

test('a file is replaced as a whole, and only readable for its owner', async (t) => {
  const directory = tempFolder(t);
  const path = join(directory, 'note');
  for (const text of ['a long first text', 'second']) {
    await writeFileAtomically(path, text, 0o600);
    assert.equal(await readFile(path, 'utf8'), text);
  }
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(directory), ['note']);
});

for (const failing of ['write', 'sync', 'rename']) {
  test(`a file that could not be replaced is as it was: ${failing}`, async (t) => {
    const path = join(tempFolder(t), 'note');
    await writeFile(path, 'old');
    const calls = watchedFiles(({ name }) => {
      if (name === failing) throw systemError('EIO');
    });
    await assert.rejects(writeFileAtomically(path, 'new', 0o600, calls), { code: 'EIO' });
    assert.equal(await readFile(path, 'utf8'), 'old');
  });
}

test('a new content is on stable storage before it gets the name, and the name after it', async (t) => {
  const path = join(tempFolder(t), 'note');
  const steps: string[] = [];
  const calls = watchedFiles(({ name }) => void steps.push(name));
  await writeFileAtomically(path, 'text', 0o600, calls);
  assert.deepEqual(steps, ['open', 'write', 'sync', 'close', 'rename', 'open', 'sync', 'close']);
});

test('removing what is not there is no error, removing what cannot be removed is one', async (t) => {
  const directory = tempFolder(t);
  await removeFile(join(directory, 'nothing'));
  await assert.rejects(removeFile(directory));
});

test('whole ranges are written and read although the system takes and gives few bytes at a time', async (t) => {
  const handle = await open(join(tempFolder(t), 'file'), 'w+');
  t.after(() => handle.close());
  // A disk that moves at most 3 bytes a call.
  const slow = {
    write: (bytes: Uint8Array, at: number, length: number, position: number) =>
      handle.write(bytes, at, Math.min(length, 3), position),
    read: (bytes: Uint8Array, at: number, length: number, position: number) =>
      handle.read(bytes, at, Math.min(length, 3), position),
  } as unknown as FileHandle;
  await writeFully(slow, Buffer.from('0123456789'), 2);
  const into = Buffer.alloc(10);
  assert.equal(await readFully(slow, into, 2), 10);
  assert.equal(into.toString(), '0123456789');
  assert.equal(await readFully(slow, into, 5), 7, 'fewer bytes only at the end of the file');
});

test('a disk that takes nothing is an error, not an endless loop', async () => {
  const full = { write: async () => ({ bytesWritten: 0 }) } as unknown as FileHandle;
  await assert.rejects(writeFully(full, Buffer.from('x'), 0), /takes no more/);
});
