/**
 * The hash trees of v2 torrents (BEP 52, "pieces root" and "piece layers"). A file's blocks of 16 KiB are hashed with
 * SHA-256, then pairs of hashes, up to one root. Where there is no block the leaf is zeros: every tree is complete.
 *
 *                 root                  a file of 5 blocks in pieces of 2
 *             /          \
 *          x                y           y stands above the third piece and one made of zeros alone
 *        /    \           /   \
 *     [a]      [b]     [c]    [0]       the piece layer: a b c
 *    /  \     /  \     / \    / \
 *   1    2   3    4   5   0  0   0
 */
import { createHash } from 'node:crypto';
import { blockBytes, type PieceTree, sha256Bytes } from './types.ts';

/** Makes the tree of a file from its pieces, in one pass, keeping 32 bytes of each. */
export class PieceTreeHasher {
  readonly #length: number;
  readonly #pieceLength: number;
  readonly #nodes: Uint8Array[] = [];

  /** `pieceLength` is a power of two, `blockBytes` or more. */
  constructor(length: number, pieceLength: number) {
    this.#length = length;
    this.#pieceLength = pieceLength;
  }

  /** Takes all of the next piece; the caller may reuse its memory afterwards. */
  update(piece: Uint8Array): void {
    // A file of one piece has a tree no larger than its own blocks need.
    const width = this.#length <= this.#pieceLength ? widthFor(this.#length) : this.#pieceLength / blockBytes;
    this.#nodes.push(merkleRoot(blockHashes(piece), width, zeroLeaf));
  }

  /** The tree, once all pieces were taken. */
  finish(): PieceTree {
    const [only] = this.#nodes;
    if (this.#length <= this.#pieceLength) return { root: only, layer: new Uint8Array() };
    const layer = Buffer.concat(this.#nodes);
    return { root: layerRoot(layer, this.#pieceLength), layer };
  }
}

/** The root above `layer`, which has a hash for each piece of `pieceLength` bytes. */
export function layerRoot(layer: Uint8Array, pieceLength: number): Buffer {
  const nodes = Array.from({ length: layer.length / sha256Bytes }, (_, index) =>
    layer.subarray(index * sha256Bytes, (index + 1) * sha256Bytes),
  );
  let emptyPiece: Uint8Array = zeroLeaf;
  for (let bytes = blockBytes; bytes < pieceLength; bytes *= 2) emptyPiece = parentOf(emptyPiece, emptyPiece);
  return merkleRoot(nodes, powerOfTwoFrom(nodes.length), emptyPiece);
}

/**
 * The root of the tree that is `width` wide, a power of two, whose first nodes are `nodes`, one at least, and whose
 * others are all `filler`.
 */
function merkleRoot(nodes: readonly Uint8Array[], width: number, filler: Uint8Array): Buffer {
  let level = nodes;
  let missing = filler;
  for (let left = width; left > 1; left /= 2) {
    const below = level;
    const nothing = missing;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, index) =>
      parentOf(below[2 * index] ?? nothing, below[2 * index + 1] ?? nothing),
    );
    missing = parentOf(nothing, nothing);
  }
  return Buffer.from(level[0] as Uint8Array);
}

function blockHashes(piece: Uint8Array): Buffer[] {
  return Array.from({ length: Math.ceil(piece.length / blockBytes) }, (_, index) =>
    createHash('sha256')
      .update(piece.subarray(index * blockBytes, (index + 1) * blockBytes))
      .digest(),
  );
}

function parentOf(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(left).update(right).digest();
}

/** Leaves of the tree of a file of `length` bytes. */
function widthFor(length: number): number {
  return powerOfTwoFrom(Math.ceil(length / blockBytes));
}

function powerOfTwoFrom(least: number): number {
  let power = 1;
  while (power < least) power *= 2;
  return power;
}

const zeroLeaf = new Uint8Array(sha256Bytes);
