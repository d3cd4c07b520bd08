import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BufferPool } from '../../../bytes/buffer-pool.ts';
import { someBytes } from '../../../storage/swarm.testing.ts';
import { outstandingPiecesMax, PieceMemory } from './piece-memory.ts';

const block = 16_384;
const size = 4 * block + 100;
const content = someBytes(size);
const digest = createHash('sha1').update(content).digest();
const blockAt = (number: number): Buffer => content.subarray(number * block, (number + 1) * block);

const orders: { name: string; order: number[] }[] = [
  { name: 'in order', order: [0, 1, 2, 3, 4] },
  { name: 'backwards', order: [4, 3, 2, 1, 0] },
  { name: 'with a gap that is filled last', order: [0, 2, 3, 4, 1] },
  { name: 'with a gap that is filled soon', order: [0, 2, 1, 3, 4] },
  { name: 'in two halves', order: [3, 0, 4, 1, 2] },
];

for (const { name, order } of orders)
  test(`blocks that come ${name}`, () => {
    const memory = new PieceMemory(size, new BufferPool(0));
    for (const number of order) memory.put(number * block, blockAt(number));
    assert.ok(content.equals(memory.bytes));
    assert.ok(memory.matches(digest));
  });

for (const { name, order } of orders)
  test(`one wrong byte in blocks that come ${name}`, () => {
    for (const wrong of order) {
      const memory = new PieceMemory(size, new BufferPool(0));
      for (const number of order) {
        const bytes = Buffer.from(blockAt(number));
        if (number === wrong) bytes[50] = (bytes[50] as number) ^ 0x80;
        memory.put(number * block, bytes);
      }
      assert.equal(memory.matches(digest), false, `in block ${wrong}`);
    }
  });

test('a block is lent: its bytes are copied', () => {
  const memory = new PieceMemory(block, new BufferPool(0));
  const lent = Buffer.from(blockAt(0));
  memory.put(0, lent);
  lent.fill(0);
  assert.ok(memory.matches(createHash('sha1').update(blockAt(0)).digest()));
});

test('it is as long as the piece, in a buffer that goes back to its pool', () => {
  const pool = new BufferPool(1 << 20);
  const memory = new PieceMemory(size, pool);
  assert.equal(memory.bytes.length, size);
  const { buffer } = memory.bytes;
  memory.release();
  assert.equal(pool.take(size).buffer, buffer, 'the next piece gets the same memory');
});

const underWay: { pieceLength: number; pieces: number }[] = [
  { pieceLength: 1, pieces: 3072 },
  { pieceLength: 16 * 1024, pieces: 3072 },
  { pieceLength: 1024 * 1024, pieces: 48 },
  { pieceLength: 16 * 1024 * 1024, pieces: 3 },
  { pieceLength: 24 * 1024 * 1024, pieces: 2 },
  { pieceLength: 512 * 1024 * 1024, pieces: 2 },
];

for (const { pieceLength, pieces } of underWay)
  test(`${pieces} pieces of ${pieceLength} bytes may be under way`, () => {
    assert.equal(outstandingPiecesMax(pieceLength), pieces);
  });
