import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import { type FileCalls, nodeFiles } from './calls.ts';
import { spoolToFile } from './spool.ts';

const MiB = 1024 * 1024;

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // One buffer for all chunks: the spool must not keep what it was lent.
  const lent = new Uint8Array(size);
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = lent.subarray(0, Math.min(size, bytes.length - start));
    chunk.set(bytes.subarray(start, start + chunk.length));
    yield chunk;
  }
}

/** A pool that knows which of its buffers are out. */
class CountingPool extends BufferPool {
  out = 0;
  override take(size: number): Uint8Array {
    this.out += 1;
    return super.take(size);
  }
  override give(buffer: Uint8Array): void {
    this.out -= 1;
    super.give(buffer);
  }
}

for (const length of [0, 1, MiB - 1, MiB, MiB + 1, 3 * MiB + 12_345]) {
  for (const windowBytes of [1, 4 * MiB]) {
    test(`${length} bytes through a window of ${windowBytes}`, async (t) => {
      const path = join(tempFolder(t), 'spool');
      const bytes = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
      const content = Buffer.alloc(length, bytes);
      const pool = new CountingPool(8 * MiB);
      const seen: Buffer[] = [];
      const onBytes = (chunk: Uint8Array): void => void seen.push(Buffer.from(chunk));
      await spoolToFile(path, inChunks(content, 64 * 1024 - 7), { pool, windowBytes, onBytes });
      assert.ok(readFileSync(path).equals(content));
      assert.ok(Buffer.concat(seen).equals(content));
      assert.equal(pool.out, 0, 'every buffer is back, once');
    });
  }
}

test('a full disk fails the spool, with every buffer back', async (t) => {
  const calls: FileCalls = {
    ...nodeFiles,
    open: async (path, flags, mode) => {
      const handle = await open(path, flags, mode);
      handle.write = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
      return handle;
    },
  };
  const pool = new CountingPool(8 * MiB);
  const options = { pool, windowBytes: 2 * MiB, onBytes() {}, calls };
  const spooling = spoolToFile(join(tempFolder(t), 'spool'), inChunks(Buffer.alloc(5 * MiB), 65_536), options);
  await assert.rejects(spooling, { code: 'ENOSPC' });
  assert.equal(pool.out, 0);
});

test('a file that is there already is not written over', async (t) => {
  const path = join(tempFolder(t), 'spool');
  const options = { pool: new CountingPool(MiB), windowBytes: MiB, onBytes() {} };
  await spoolToFile(path, inChunks(Buffer.from('first'), 10), options);
  await assert.rejects(spoolToFile(path, inChunks(Buffer.from('second'), 10), options), { code: 'EEXIST' });
  assert.equal(readFileSync(path, 'utf8'), 'first');
});
