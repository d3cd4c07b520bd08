import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { layerRoot, PieceTreeHasher } from './merkle.ts';
import type { PieceTree } from './types.ts';

const block = 16384;
const hash = (...parts: Uint8Array[]): Buffer => {
  const sha256 = createHash('sha256');
  for (const part of parts) sha256.update(part);
  return sha256.digest();
};
const zero = Buffer.alloc(32);

/** Bytes whose blocks differ. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += block) bytes.fill(1 + at / block, at);
  return bytes;
}

function treeOf(bytes: Buffer, pieceLength: number): PieceTree {
  const hasher = new PieceTreeHasher(bytes.length, pieceLength);
  for (let at = 0; at < bytes.length; at += pieceLength) hasher.update(bytes.subarray(at, at + pieceLength));
  return hasher.finish();
}

/** The hash of block `index` of `bytes`. */
const leaf = (bytes: Buffer, index: number): Buffer => hash(bytes.subarray(index * block, (index + 1) * block));

const none = Buffer.alloc(0);
const rows: { name: string; length: number; pieceLength: number; tree: (bytes: Buffer) => PieceTree }[] = [
  { name: 'no bytes', length: 0, pieceLength: block, tree: () => ({ root: undefined, layer: none }) },
  { name: 'one byte', length: 1, pieceLength: 4 * block, tree: (bytes) => ({ root: hash(bytes), layer: none }) },
  { name: 'one block', length: block, pieceLength: block, tree: (bytes) => ({ root: hash(bytes), layer: none }) },
  {
    name: 'a block and a byte in one piece: no wider than two',
    length: block + 1,
    pieceLength: 16 * block,
    tree: (bytes) => ({ root: hash(leaf(bytes, 0), leaf(bytes, 1)), layer: none }),
  },
  {
    name: 'three blocks in one piece: a leaf of zeros',
    length: 3 * block,
    pieceLength: 4 * block,
    tree: (bytes) => ({
      root: hash(hash(leaf(bytes, 0), leaf(bytes, 1)), hash(leaf(bytes, 2), zero)),
      layer: none,
    }),
  },
  {
    name: 'pieces of one block: the layer is the leaves',
    length: 2 * block,
    pieceLength: block,
    tree: (bytes) => {
      const layer = Buffer.concat([leaf(bytes, 0), leaf(bytes, 1)]);
      return { root: hash(layer), layer };
    },
  },
  {
    name: 'five blocks in pieces of two: the last piece filled up, and a piece of zeros (the picture in merkle.ts)',
    length: 5 * block,
    pieceLength: 2 * block,
    tree: (bytes) => {
      const a = hash(leaf(bytes, 0), leaf(bytes, 1));
      const b = hash(leaf(bytes, 2), leaf(bytes, 3));
      const c = hash(leaf(bytes, 4), zero);
      const nothing = hash(zero, zero);
      return { root: hash(hash(a, b), hash(c, nothing)), layer: Buffer.concat([a, b, c]) };
    },
  },
];

for (const { name, length, pieceLength, tree } of rows) {
  test(`the tree of ${name}`, () => {
    const bytes = bytesOf(length);
    const made = treeOf(bytes, pieceLength);
    const expected = tree(bytes);
    assert.deepEqual(
      { root: made.root, layer: Buffer.from(made.layer) },
      { root: expected.root, layer: Buffer.from(expected.layer) },
    );
    if (made.layer.length > 0) assert.deepEqual(layerRoot(made.layer, pieceLength), made.root);
  });
}
