import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import { entryOf, gate, someBytes } from '../../storage/swarm.testing.ts';
import { PieceCache } from './piece-cache.ts';

const pieceLength = 4096;
const content = someBytes(10 * pieceLength);
const { record } = entryOf('a', content, pieceLength);

function cacheOf(pieces: number, before: (part: number) => Promise<void> = async () => {}) {
  const reads: number[] = [];
  let lent = 0;
  const read = async (part: number): Promise<LentPiece> => {
    reads.push(part);
    await before(part);
    lent += 1;
    const release = (): void => {
      lent -= 1;
    };
    return { bytes: Buffer.from(pieceAt(part)), release };
  };
  const torrent = { record, complete: true, has: () => true, read };
  return { reads, lent: () => lent, torrent, cache: new PieceCache(pieces * pieceLength) };
}

const pieceAt = (part: number): Buffer => content.subarray(part * pieceLength, (part + 1) * pieceLength);
const turn = (): Promise<void> => new Promise(setImmediate);

test('a piece is read once for all who want it', async () => {
  const { torrent, cache, reads } = cacheOf(4);
  const [first, second] = await Promise.all([cache.take(torrent, 3), cache.take(torrent, 3)]);
  assert.ok(first.bytes === second.bytes && Buffer.from(first.bytes).equals(pieceAt(3)));
  first.release();
  second.release();
  (await cache.take(torrent, 3)).release();
  assert.deepEqual(reads, [3]);
});

test('the longest unused goes first when there is no more room', async () => {
  const { torrent, cache, reads } = cacheOf(2);
  for (const part of [0, 1, 0, 2]) (await cache.take(torrent, part)).release();
  assert.equal(cache.bytes, 2 * pieceLength);
  for (const part of [0, 1]) (await cache.take(torrent, part)).release();
  assert.deepEqual(reads, [0, 1, 2, 1], '0 was still there, 1 was not');
});

test('what is lent is not touched, even when there is no room', async () => {
  const { torrent, cache, lent } = cacheOf(1);
  const held = await Promise.all([0, 1, 2].map((part) => cache.take(torrent, part)));
  for (const [part, { bytes }] of held.entries()) assert.ok(Buffer.from(bytes).equals(pieceAt(part)));
  assert.equal(cache.bytes, 3 * pieceLength);
  for (const piece of held) piece.release();
  await turn();
  assert.equal(cache.bytes, pieceLength, 'and goes when it is given back');
  assert.equal(lent(), 1, 'to whom it came from');
});

test('reading ahead takes room that is free, or can be made', async () => {
  const { torrent, cache, reads } = cacheOf(2);
  const held = await cache.take(torrent, 0);
  assert.equal(cache.readAhead(torrent, 1), true);
  assert.equal(cache.readAhead(torrent, 1), true, 'it is there');
  assert.equal(cache.readAhead(torrent, 2), false, 'one is lent, one is being read');
  await turn();
  assert.equal(cache.readAhead(torrent, 2), true, 'the one that nobody took makes room');
  assert.deepEqual(reads, [0, 1, 2]);
  held.release();
});

test('a piece that could not be read is not kept: the next one who asks tries again', async () => {
  let broken = true;
  const { torrent, cache, reads } = cacheOf(2, async () => {
    if (broken) throw new Error('nobody has it');
  });
  await assert.rejects(cache.take(torrent, 5), /nobody has it/);
  assert.equal(cache.readAhead(torrent, 5), true);
  await turn();
  assert.equal(cache.bytes, 0);
  broken = false;
  (await cache.take(torrent, 5)).release();
  assert.deepEqual(reads, [5, 5, 5]);
});

test('two who wait for the same failure both hear of it, and the memory is free again', async () => {
  const slow = gate();
  const { torrent, cache } = cacheOf(2, async () => {
    await slow.opened;
    throw new Error('lost');
  });
  const both = [cache.take(torrent, 1), cache.take(torrent, 1)];
  slow.open();
  for (const one of both) await assert.rejects(one, /lost/);
  await turn();
  assert.equal(cache.bytes, 0);
});

test('a piece that is in memory anyway is taken over, if there is room, and given back in its turn', async () => {
  const { torrent, cache, reads } = cacheOf(1);
  const released: number[] = [];
  const piece = (part: number): LentPiece => ({ bytes: pieceAt(part), release: () => void released.push(part) });
  assert.equal(cache.offer(torrent, 3, piece(3)), true);
  const taken = await cache.take(torrent, 3);
  assert.deepEqual(reads, [], 'it need not be read');
  assert.equal(cache.offer(torrent, 3, piece(3)), false, 'it is there already');
  assert.equal(cache.offer(torrent, 4, piece(4)), false, 'there is no room while it is used');
  taken.release();
  assert.equal(cache.offer(torrent, 4, piece(4)), true);
  await turn();
  assert.deepEqual(released, [3]);
});
