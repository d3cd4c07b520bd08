import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipHash } from './siphash.ts';

const key = Uint8Array.from({ length: 16 }, (_, index) => index);

function hashOf(message: Uint8Array, withKey = key): string {
  const digest = Buffer.alloc(8);
  new SipHash(withKey).hash(message, digest);
  return digest.toString('hex');
}

/** Hashes of the messages 00 01 02 … with the key 00 01 … 0f; 15 bytes is the example of the paper, appendix A. */
const vectors: [bytes: number, hash: string][] = [
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [20, '98eea21af25cd6be'],
];
for (const [bytes, hash] of vectors) {
  test(`the hash of ${bytes} bytes`, () =>
    assert.equal(hashOf(Uint8Array.from({ length: bytes }, (_, at) => at)), hash));
}

test('another key, another hash', () =>
  assert.notEqual(hashOf(new Uint8Array(8), key.toReversed()), hashOf(new Uint8Array(8))));

test('a key has 16 bytes', () => assert.throws(() => new SipHash(new Uint8Array(15)), /not 15/));
