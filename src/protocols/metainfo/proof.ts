/**
 * Parts of a v2 hash tree with the proof that they belong to its root (BEP 52, "hash request"): for those who came by a
 * magnet link and have no piece layers yet.
 *
 * Asked for 2 hashes of the piece layer from index 2 on, with 1 proof layer:
 *
 *                 root
 *             /          \
 *          [u]              .           the uncle: with it, and a and b, the root can be computed
 *        /     \          /   \
 *       .       .       [a]    [b]      the answer: a b u
 */
import { createHash } from 'node:crypto';
import { blockBytes, sha256Bytes } from './types.ts';

/**
 * A range of hashes: `baseLayer` 0 is that of the blocks of 16 KiB; `length` is a power of two that divides `index`.
 */
export interface ProofRequest {
  readonly baseLayer: number;
  readonly index: number;
  readonly length: number;
  readonly proofLayers: number;
}

/** The most hashes that are asked for at a time (BEP 52, "peer messages"). */
export const proofHashesMax = 512;

/** The hashes of each level from the piece layer up, all of them: beyond the last piece there are zeros. */
type Levels = readonly Buffer[];

/** Levels by piece layer: a tree is asked for again and again while a peer needs it. */
const levelsOf = new WeakMap<Uint8Array, Levels>();

/**
 * The hashes that `request` asks for, then the uncles from the lowest up, 32 bytes each; undefined when it does not
 * make sense, or is about hashes below the piece layer, which nobody here has. `layer` is a file's piece layer.
 */
export function proveHashes(layer: Uint8Array, pieceLength: number, request: ProofRequest): Buffer | undefined {
  const { baseLayer, index, length, proofLayers } = request;
  const pieceLayer = Math.log2(pieceLength / blockBytes);
  if (length < 2 || length > proofHashesMax || !isPowerOfTwo(length) || index % length !== 0) return undefined;
  const levels = levelsOf.get(layer) ?? makeLevels(layer, pieceLength);
  levelsOf.set(layer, levels);
  const base = levels[baseLayer - pieceLayer];
  if (base === undefined || (index + length) * sha256Bytes > base.length) return undefined;
  // The topmost uncle is just below the root.
  if (proofLayers > levels.length - 2 - (baseLayer - pieceLayer)) return undefined;
  const hashes = [hashesAt(base, index, length)];
  // Below this level every uncle can be computed from the hashes themselves.
  const firstUncle = Math.log2(length);
  for (let up = firstUncle; up <= proofLayers; up += 1) {
    const level = levels[baseLayer - pieceLayer + up] as Buffer;
    hashes.push(hashesAt(level, Math.floor(index / 2 ** up) ^ 1, 1));
  }
  return Buffer.concat(hashes);
}

function makeLevels(layer: Uint8Array, pieceLength: number): Levels {
  let empty: Buffer = Buffer.alloc(sha256Bytes);
  for (let bytes = blockBytes; bytes < pieceLength; bytes *= 2) empty = hashOf(Buffer.concat([empty, empty]));
  const width = 2 ** Math.ceil(Math.log2(layer.length / sha256Bytes));
  const missing = width - layer.length / sha256Bytes;
  let level: Buffer = Buffer.concat([layer, ...Array<Buffer>(missing).fill(empty)]);
  const levels = [level];
  while (level.length > sha256Bytes) {
    const pairs = level.length / (2 * sha256Bytes);
    const below = level;
    level = Buffer.concat(Array.from({ length: pairs }, (_, pair) => hashOf(hashesAt(below, 2 * pair, 2))));
    levels.push(level);
  }
  return levels;
}

function hashesAt(level: Buffer, index: number, count: number): Buffer {
  return level.subarray(index * sha256Bytes, (index + count) * sha256Bytes);
}

function hashOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
