/** The disk of the drill answers as the system does: the same calls on both, with the same outcome. */
import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import { readFully, writeFully } from '../../io/files/files.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { CachedDisk } from './cached-disk.ts';
import { DiskProgram } from './disk-program.ts';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY } = constants;

/** Does one thing and tells what came of it: a value that can be compared, or the code of the error. */
type Step = (calls: FileCalls, at: (name: string) => string) => Promise<unknown>;

const write =
  (name: string, text: string, position = 0, flags = O_RDWR | O_CREAT): Step =>
  async (calls, at) => {
    const file = await calls.open(at(name), flags, 0o600);
    await writeFully(file, Buffer.from(text), position);
    await file.datasync();
    await file.close();
  };
const read =
  (name: string, flags = O_RDONLY): Step =>
  async (calls, at) => {
    const file = await calls.open(at(name), flags);
    const into = Buffer.alloc(20);
    const count = await readFully(file, into, 0);
    await file.close();
    return into.toString('latin1', 0, count);
  };
const open =
  (name: string, flags: number): Step =>
  async (calls, at) =>
    (await calls.open(at(name), flags, 0o600)).close();
const look =
  (name: string): Step =>
  async (calls, at) => {
    const stats = await calls.lstat(at(name));
    return stats.isFile() ? stats.size : stats.isDirectory();
  };
const truncate =
  (name: string, length: number): Step =>
  async (calls, at) => {
    const file = await calls.open(at(name), O_WRONLY);
    await file.truncate(length);
    await file.close();
  };

const steps: readonly { readonly name: string; readonly step: Step }[] = [
  { name: 'open what is not there', step: open('a', O_RDONLY) },
  { name: 'write a new file', step: write('a', 'hello') },
  { name: 'read it', step: read('a') },
  { name: 'write behind its end', step: write('a', 'x', 8) },
  { name: 'read the gap', step: read('a') },
  { name: 'cut it', step: truncate('a', 3) },
  { name: 'read what is left', step: read('a') },
  { name: 'lengthen it', step: truncate('a', 5) },
  { name: 'its size', step: look('a') },
  { name: 'make it where it is', step: open('a', O_WRONLY | O_CREAT | O_EXCL) },
  { name: 'open it as a folder', step: open('a', O_RDONLY | O_DIRECTORY) },
  { name: 'go through it as a folder', step: read('a/b') },
  { name: 'empty it', step: open('a', O_WRONLY | O_CREAT | O_TRUNC) },
  { name: 'it is empty', step: look('a') },
  { name: 'make a folder', step: (calls, at) => calls.mkdir(at('f'), { mode: 0o700 }).then(() => {}) },
  { name: 'make it again', step: (calls, at) => calls.mkdir(at('f'), { mode: 0o700 }) },
  { name: 'make one in nothing', step: (calls, at) => calls.mkdir(at('g/h'), { mode: 0o700 }) },
  { name: 'it is a folder', step: look('f') },
  { name: 'open it to write', step: open('f', O_RDWR) },
  { name: 'write in it', step: write('f/b', 'in it') },
  { name: 'write in nothing', step: write('g/b', 'in nothing') },
  { name: 'rename into it, over another', step: (calls, at) => calls.rename(at('a'), at('f/b')) },
  { name: 'rename what is not there', step: (calls, at) => calls.rename(at('a'), at('f/b')) },
  { name: 'what is in it', step: async (calls, at) => (await calls.readdir(at('f'))).sort() },
  { name: 'what is in nothing', step: (calls, at) => calls.readdir(at('g')) },
  { name: 'another name', step: (calls, at) => calls.link(at('f/b'), at('f/c')) },
  { name: 'read it by that', step: read('f/c') },
  { name: 'another name that is taken', step: (calls, at) => calls.link(at('f/b'), at('f/c')) },
  { name: 'another name of nothing', step: (calls, at) => calls.link(at('g'), at('f/d')) },
  { name: 'another name of a folder', step: (calls, at) => calls.link(at('f'), at('f/d')) },
  { name: 'unlink that', step: (calls, at) => calls.unlink(at('f/c')) },
  { name: 'remove a folder with something in it', step: (calls, at) => calls.rmdir(at('f')) },
  { name: 'remove a file as a folder', step: (calls, at) => calls.rmdir(at('f/b')) },
  { name: 'make another folder', step: (calls, at) => calls.mkdir(at('e'), { mode: 0o700 }).then(() => {}) },
  { name: 'rename a folder over one that is not empty', step: (calls, at) => calls.rename(at('e'), at('f')) },
  { name: 'rename a file over a folder', step: (calls, at) => calls.rename(at('f/b'), at('e')) },
  { name: 'rename a folder over a file', step: (calls, at) => calls.rename(at('e'), at('f/b')) },
  { name: 'rename a folder over an empty one', step: (calls, at) => calls.rename(at('f'), at('e')) },
  { name: 'what is in it then', step: (calls, at) => calls.readdir(at('e')) },
  { name: 'rename it back', step: (calls, at) => calls.rename(at('e'), at('f')) },
  { name: 'make a folder again', step: (calls, at) => calls.mkdir(at('e'), { mode: 0o700 }).then(() => {}) },
  { name: 'remove an empty folder', step: (calls, at) => calls.rmdir(at('e')) },
  { name: 'remove it again', step: (calls, at) => calls.rmdir(at('e')) },
  { name: 'unlink', step: (calls, at) => calls.unlink(at('f/b')) },
  { name: 'unlink again', step: (calls, at) => calls.unlink(at('f/b')) },
  { name: 'unlink a folder', step: (calls, at) => calls.unlink(at('f')) },
  { name: 'the way to nothing', step: (calls, at) => calls.realpath(at('f/b')) },
];

test('the same calls on both have the same outcome', async (t) => {
  const real = tempFolder(t);
  const program = new DiskProgram(new CachedDisk());
  for (const { name, step } of steps) {
    const onReal = await outcome(step(nodeFiles, (path) => join(real, path)));
    const onDrills = await outcome(step(program, (path) => `/${path}`));
    assert.deepEqual(onDrills, onReal, name);
  }
  assert.equal(program.openFiles, 0);
});

test('a file that is open is there, whatever becomes of its name', async () => {
  const program = new DiskProgram(new CachedDisk());
  const file = await program.open('/a', O_RDWR | O_CREAT);
  await program.unlink('/a');
  await writeFully(file, Buffer.from('still'), 0);
  const into = Buffer.alloc(5);
  assert.equal(await readFully(file, into, 0), 5);
  assert.equal(into.toString(), 'still');
  assert.equal(program.openFiles, 1);
});

async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await work };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code };
  }
}
