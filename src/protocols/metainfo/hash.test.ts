import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ContentHasher } from './hash.ts';

const pieceLength = 1024;
const content = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31) & 0xff));

/** The answer worked out the plain way: cut first, hash then. */
function expected(bytes: Buffer) {
  const pieces = [];
  for (let start = 0; start < bytes.length; start += pieceLength)
    pieces.push(bytes.subarray(start, start + pieceLength));
  return {
    length: bytes.length,
    pieceHashes: Buffer.concat(pieces.map((piece) => createHash('sha1').update(piece).digest())),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

for (const length of [0, 1, 1023, 1024, 1025, 2048, 5000]) {
  for (const chunkSize of [1, 7, 1024, 4096, 5000]) {
    test(`${length} bytes in chunks of ${chunkSize}`, () => {
      const bytes = content.subarray(0, length);
      const hasher = new ContentHasher(pieceLength);
      for (let start = 0; start < length; start += chunkSize) hasher.update(bytes.subarray(start, start + chunkSize));
      assert.deepEqual(hasher.finish(), expected(bytes));
    });
  }
}
