/** Torrents for tests, made value by value so that each can have one fault. */
import { createHash } from 'node:crypto';
import type { BencodeValue } from '../bencode/types.ts';
import { encodeBencode } from '../bencode/write.ts';

export type Values = Record<string, BencodeValue | undefined>;

export const sha1 = (bytes: string | Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
export const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** 11 bytes in one piece of 16 KiB. */
export const single: Values = {
  length: 11,
  name: 'hello.txt',
  'piece length': 16384,
  pieces: sha1('hello world'),
};

/** Three files, 11 bytes in pieces of 4. */
export const multi: Values = {
  files: [
    { length: 5, path: ['a.txt'] },
    { length: 0, path: ['sub', 'empty'] },
    { length: 6, path: ['sub', 'b.txt'] },
  ],
  name: 'folder',
  'piece length': 4,
  pieces: Buffer.concat([sha1('hell'), sha1('o wo'), sha1('rld')]),
};

/** A v2 torrent of the 11 bytes of `single`. A file of one block has that block's hash for its root. */
export const singleV2: Values = {
  'file tree': { 'hello.txt': { '': { length: 11, 'pieces root': sha256('hello world') } } },
  'meta version': 2,
  name: 'hello.txt',
  'piece length': 16384,
};

/** Two files of two pieces and one, in v2; layers for the first. */
const pieces = [Buffer.alloc(16384, 'a'), Buffer.alloc(100, 'b')] as const;
export const layer = Buffer.concat(pieces.map(sha256));
export const layerRoot = sha256(layer);
export const multiV2: Values = {
  'file tree': {
    sub: { 'long.bin': { '': { length: 16484, 'pieces root': layerRoot } } },
    'z.txt': { '': { length: 11, 'pieces root': sha256('hello world') } },
  },
  'meta version': 2,
  name: 'folder',
  'piece length': 16384,
};
export const multiV2Layers = new Map([[layerRoot, layer]]);

/** `multiV2` and its v1 part: the gap after the first file is a padding. */
export const hybrid: Values = {
  ...multiV2,
  files: [
    { length: 16484, path: ['sub', 'long.bin'] },
    { attr: 'p', length: 16284, path: ['.pad', '16284'] },
    { length: 11, path: ['z.txt'] },
  ],
  pieces: Buffer.alloc(60),
};

/** `multi` with its bytes in the first of `paths`, and empty files at the others. */
export function filesAt(...paths: string[][]): Values {
  return { ...multi, files: paths.map((path, index) => ({ length: index === 0 ? 11 : 0, path })) };
}

export function torrentOf(info: Values | Uint8Array, others: Values = {}): Buffer {
  if (!(info instanceof Uint8Array)) return encodeBencode({ ...others, info });
  // As it is, right or wrong: "info" comes after all keys of `others` but "piece layers" and "url-list".
  return Buffer.concat([Buffer.from('d4:info'), info, encodeBencode(others).subarray(1)]);
}
