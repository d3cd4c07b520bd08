import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp-folder.testing.ts';
import { sha1 } from './files.testing.ts';
import { hashFile } from './hash-file.ts';

for (const length of [0, 1, 999, 1000, 1001, 2000]) {
  test(`${length} bytes in pieces of 1000`, async (t) => {
    const path = join(tempFolder(t), 'file');
    const content = randomBytes(length);
    await writeFile(path, content);
    const hashed = await hashFile(path, 1000);
    assert.equal(hashed?.sha256, createHash('sha256').update(content).digest('hex'));
    const expected = Array.from({ length: Math.ceil(length / 1000) }, (_, pieceIndex) => {
      const piece = content.subarray(pieceIndex * 1000, (pieceIndex + 1) * 1000);
      return { pieceIndex, offset: pieceIndex * 1000, size: piece.length, sha1: sha1(piece) };
    });
    assert.deepEqual(hashed?.pieces, expected);
  });
}
