import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from './buffer-pool.ts';

test('a buffer is as large as the next power of two, and at least a page', () => {
  const pool = new BufferPool(0);
  assert.deepEqual(
    [1, 4096, 4097, 262_144].map((size) => pool.take(size).length),
    [4096, 4096, 8192, 262_144],
  );
});

test('a buffer that was given back is used again, for any size that it fits exactly', () => {
  const pool = new BufferPool(1 << 20);
  const buffer = pool.take(5000);
  pool.give(buffer);
  assert.notEqual(pool.take(4000), buffer);
  assert.equal(pool.take(8192), buffer);
  assert.notEqual(pool.take(8192), buffer, 'it is taken now');
});

test('idle buffers beyond the limit are let go', () => {
  const pool = new BufferPool(4096);
  const [first, second] = [pool.take(4096), pool.take(4096)];
  pool.give(first);
  pool.give(second);
  assert.equal(pool.take(4096), first);
  assert.notEqual(pool.take(4096), second);
});

test('giving a buffer back twice is found out', () => {
  const pool = new BufferPool(1 << 20);
  const buffer = pool.take(1);
  pool.give(buffer);
  assert.throws(() => pool.give(buffer), /twice/);
});
