import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { PieceTreeHasher } from './merkle.ts';
import { type ProofRequest, proveHashes } from './proof.ts';

const pieceLength = 32_768;
/** The piece layer is the second one from below. */
const baseLayer = 1;

/** The tree of a file of `pieces` pieces, the last one of a single byte. */
function treeOf(pieces: number) {
  const length = (pieces - 1) * pieceLength + 1;
  const hasher = new PieceTreeHasher(length, pieceLength);
  for (let part = 0; part < pieces; part += 1) hasher.update(Buffer.alloc(part < pieces - 1 ? pieceLength : 1, part));
  return hasher.finish();
}

const hash = (left: Uint8Array, right: Uint8Array): Buffer => createHash('sha256').update(left).update(right).digest();

/** The work of a receiver: the root that follows from the hashes and their uncles. */
function rootFrom(answer: Buffer, { index, length }: ProofRequest): Buffer {
  let nodes = Array.from({ length: answer.length / 32 }, (_, at) => answer.subarray(at * 32, at * 32 + 32));
  const uncles = nodes.splice(length);
  while (nodes.length > 1) {
    const below = nodes;
    nodes = Array.from({ length: below.length / 2 }, (_, at) =>
      hash(below[2 * at] as Buffer, below[2 * at + 1] as Buffer),
    );
  }
  let node = nodes[0] as Buffer;
  let place = index / length;
  for (const uncle of uncles) {
    node = place % 2 === 0 ? hash(node, uncle) : hash(uncle, node);
    place = Math.floor(place / 2);
  }
  return node;
}

for (const pieces of [2, 3, 4, 5, 8, 13, 1000]) {
  test(`every part of the tree of ${pieces} pieces can be proved`, () => {
    const { root, layer } = treeOf(pieces);
    const width = 2 ** Math.ceil(Math.log2(pieces));
    for (let length = 2; length <= Math.min(width, 512); length *= 2) {
      for (let index = 0; index < width; index += length) {
        const request = { baseLayer, index, length, proofLayers: Math.log2(width) - 1 };
        const answer = proveHashes(layer, pieceLength, request);
        assert.ok(answer !== undefined && rootFrom(answer, request).equals(root as Buffer), `${length} from ${index}`);
        const own = answer.subarray(0, Math.min(length * 32, Math.max(0, layer.length - index * 32)));
        assert.ok(own.equals(layer.subarray(index * 32, index * 32 + own.length)), 'they are the layer itself');
      }
    }
  });
}

test('fewer proof layers are given where fewer are asked for', () => {
  const { layer } = treeOf(16);
  for (const [proofLayers, hashes] of [
    [0, 4],
    [1, 4],
    [2, 5],
    [3, 6],
  ] as const) {
    const answer = proveHashes(layer, pieceLength, { baseLayer, index: 4, length: 4, proofLayers });
    assert.equal(answer?.length, hashes * 32, `${proofLayers} layers`);
  }
});

test('layers above the piece layer can be asked for too', () => {
  const { root, layer } = treeOf(8);
  const request = { baseLayer: baseLayer + 2, index: 0, length: 2, proofLayers: 0 };
  assert.ok(rootFrom(proveHashes(layer, pieceLength, request) as Buffer, request).equals(root as Buffer));
});

const senseless: { name: string; request: Partial<ProofRequest> }[] = [
  { name: 'blocks, of which no hashes are kept', request: { baseLayer: 0 } },
  { name: 'a layer above the root', request: { baseLayer: 9 } },
  { name: 'one hash', request: { length: 1 } },
  { name: 'no hash', request: { length: 0 } },
  { name: 'a number of hashes that is no power of two', request: { length: 3 } },
  { name: 'more than 512 hashes', request: { length: 1024 } },
  { name: 'an index that the length does not divide', request: { index: 1 } },
  { name: 'hashes beyond the end', request: { index: 16 } },
  { name: 'an index of 2^32-2', request: { index: 0xffff_fffe } },
  { name: 'uncles above the root', request: { proofLayers: 4 } },
  { name: 'uncles without end', request: { proofLayers: 0xffff_ffff } },
];

for (const { name, request } of senseless) {
  test(`there is no answer to who asks for ${name}`, () => {
    const good = { baseLayer, index: 0, length: 2, proofLayers: 3 };
    const { layer } = treeOf(16);
    assert.notEqual(proveHashes(layer, pieceLength, good), undefined, 'the control');
    assert.equal(proveHashes(layer, pieceLength, { ...good, ...request }), undefined);
  });
}
