import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import { enlargeFifos } from './size.ts';

/** The number of bytes that fit into a FIFO while nobody reads. */
function room(fd: number): number {
  const page = Buffer.alloc(4096);
  for (let bytes = 0; ; bytes += page.length) {
    try {
      writeSync(fd, page);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      return bytes;
    }
  }
}

test('both FIFOs of a pair hold 512 KiB; others 64', async (t) => {
  if (process.platform !== 'linux' || spawnSync('perl', ['-v']).status !== 0) {
    return t.skip('needs Linux and perl');
  }
  const folder = tempFolder(t);
  const [requests, replies, other] = ['requests', 'replies', 'other'].map((name) => {
    const path = join(folder, name);
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    t.after(() => [reader, writer].map(closeSync));
    return { reader, writer };
  });
  assert.ok(requests && replies && other);
  // As the server does it: the end that it writes of one, the end that it reads of the other.
  await enlargeFifos(requests.writer, replies.reader);
  assert.deepEqual(
    [requests, replies, other].map(({ writer }) => room(writer)),
    [524_288, 524_288, 65_536],
  );
});

test('without perl nothing happens, and nothing fails', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await enlargeFifos(0);
  } finally {
    process.env.PATH = path;
  }
});
