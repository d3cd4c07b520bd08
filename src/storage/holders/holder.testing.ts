/**
 * The contract of every StoringHolder: one suite, run against each implementation.
 *
 *     storingHolderContract('a FIFO peer', async (t) => { ...; return holder; });
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { HolderError, type HolderErrorCode, type PieceToStore, type StoringHolder } from './holder.ts';

/** Registers the suite. `open` gives a fresh, empty holder; what it needs to clean up it hangs on `t.after`. */
export function storingHolderContract(name: string, open: (t: TestContext) => Promise<StoringHolder>): void {
  const contract = (rule: string, check: (holder: StoringHolder) => Promise<void>) =>
    test(`${name}: ${rule}`, async (t) => check(await open(t)));

  for (const size of [1, 4095, 4096, 4097, 65535, 65536, 65537, 262144, 1048576]) {
    contract(`a piece of ${size} bytes comes back as it was stored`, async (holder) => {
      const piece = samplePiece(3, size);
      await holder.storePiece(fileA, piece);
      assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
    });
  }

  contract('a piece is read into exactly the memory that it was given', async (holder) => {
    const piece = samplePiece(0, 5000);
    await holder.storePiece(fileA, piece);
    const around = new Uint8Array(5200).fill(0xee);
    await holder.getPiece(fileA, 0, around.subarray(100, 5100));
    assert.deepEqual(around.subarray(100, 5100), piece.bytes);
    const untouched = Buffer.concat([around.subarray(0, 100), around.subarray(5100)]);
    assert.ok(untouched.every((byte) => byte === 0xee));
  });

  contract('the bytes of a stored piece may be reused at once', async (holder) => {
    const piece = samplePiece(0, 300_000);
    const expected = Buffer.from(piece.bytes);
    await holder.storePiece(fileA, piece);
    piece.bytes.fill(0);
    assert.deepEqual(Buffer.from(await get(holder, fileA, piece)), expected);
  });

  contract('what it does not have is not-found', async (holder) => {
    await holder.storePiece(fileA, samplePiece(1, 100));
    await failsWith('not-found', holder.getPiece(fileA, 2, new Uint8Array(100)));
    await failsWith('not-found', holder.getPiece(fileB, 1, new Uint8Array(100)));
  });

  contract('a piece that does not hash is corrupt, and not kept', async (holder) => {
    const good = samplePiece(0, 1000);
    const bad = { ...good, bytes: good.bytes.slice().fill(7, 500, 501) };
    await failsWith('corrupt', holder.storePiece(fileA, bad));
    await failsWith('not-found', holder.getPiece(fileA, 0, new Uint8Array(1000)));
    assert.equal((await holder.list()).flatMap(({ parts }) => parts).length, 0);
  });

  contract('storing a piece again changes nothing', async (holder) => {
    const piece = samplePiece(0, 1000);
    await holder.storePiece(fileA, piece);
    await holder.storePiece(fileA, piece);
    assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
    assert.deepEqual((await holder.list())[0]?.parts, [{ first: 0, last: 0 }]);
  });

  contract('the list names every file, its pieces in rising ranges', async (holder) => {
    assert.deepEqual(await holder.list(), []);
    for (const pieceIndex of [9, 0, 2, 1, 5]) await holder.storePiece(fileA, samplePiece(pieceIndex, 100));
    await holder.storePiece(fileB, samplePiece(4, 100));
    const partsOfA = [
      { first: 0, last: 2 },
      { first: 5, last: 5 },
      { first: 9, last: 9 },
    ];
    const heldA = { file: fileA, parts: partsOfA, shared: false };
    const heldB = { file: fileB, parts: [{ first: 4, last: 4 }], shared: false };
    const list = await holder.list();
    assert.deepEqual(
      list.toSorted((one, other) => (one.file < other.file ? -1 : 1)),
      [heldA, heldB],
    );
    assert.deepEqual(await holder.list(fileB), [heldB]);
    assert.deepEqual(await holder.list(fileC), []);
  });

  contract('sync settles, and changes nothing', async (holder) => {
    const piece = samplePiece(0, 1000);
    await holder.storePiece(fileA, piece);
    await holder.sync(fileA);
    await holder.sync(fileA);
    await holder.sync(fileC);
    assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
  });

  contract('a dropped file is gone, the others stay', async (holder) => {
    const piece = samplePiece(0, 1000);
    await holder.storePiece(fileA, piece);
    await holder.storePiece(fileB, piece);
    await holder.drop(fileA);
    await failsWith('not-found', holder.getPiece(fileA, 0, new Uint8Array(1000)));
    assert.deepEqual(
      (await holder.list()).map(({ file }) => file),
      [fileB],
    );
    await holder.drop(fileC);
    await holder.storePiece(fileA, piece);
    assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
  });

  contract('a dropped piece is neither listed nor given, the others stay', async (holder) => {
    const pieces = [0, 1, 2].map((pieceIndex) => samplePiece(pieceIndex, 5000));
    for (const piece of pieces) await holder.storePiece(fileA, piece);
    await holder.sync(fileA);
    await holder.dropPiece(fileA, 1);
    const left = [
      { first: 0, last: 0 },
      { first: 2, last: 2 },
    ];
    for (const settle of [async () => {}, () => holder.sync(fileA)]) {
      await settle();
      await failsWith('not-found', holder.getPiece(fileA, 1, new Uint8Array(5000)));
      assert.deepEqual((await holder.list(fileA))[0]?.parts, left);
    }
    assert.deepEqual(await get(holder, fileA, samplePiece(0, 5000)), samplePiece(0, 5000).bytes);
    assert.deepEqual(await get(holder, fileA, samplePiece(2, 5000)), samplePiece(2, 5000).bytes);
  });

  contract('a piece that is not there may be dropped', async (holder) => {
    await holder.storePiece(fileA, samplePiece(0, 100));
    await holder.dropPiece(fileA, 1);
    await holder.dropPiece(fileB, 0);
    await holder.sync(fileB);
    assert.deepEqual(await holder.list(), [{ file: fileA, parts: [{ first: 0, last: 0 }], shared: false }]);
  });

  contract('a dropped piece can come again, before and after a sync', async (holder) => {
    const piece = samplePiece(0, 5000);
    for (const settle of [async () => {}, () => holder.sync(fileA), async () => {}]) {
      await holder.storePiece(fileA, piece);
      await holder.dropPiece(fileA, 0);
      await settle();
      await holder.storePiece(fileA, piece);
      assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
      await holder.sync(fileA);
    }
  });

  contract('a file of which every piece was dropped is not listed', async (holder) => {
    for (const pieceIndex of [0, 1]) await holder.storePiece(fileA, samplePiece(pieceIndex, 100));
    await holder.sync(fileA);
    for (const pieceIndex of [0, 1]) await holder.dropPiece(fileA, pieceIndex);
    assert.deepEqual(await holder.list(), []);
    await holder.sync(fileA);
    assert.deepEqual(await holder.list(), []);
    await holder.storePiece(fileA, samplePiece(1, 100));
    assert.deepEqual(await get(holder, fileA, samplePiece(1, 100)), samplePiece(1, 100).bytes);
  });

  contract('a piece is verified where it is', async (holder) => {
    const piece = samplePiece(4, 70_000);
    await holder.storePiece(fileA, piece);
    await holder.verifyPiece(fileA, 4, piece.sha1);
    await failsWith('corrupt', holder.verifyPiece(fileA, 4, samplePiece(5, 70_000).sha1));
    await failsWith('not-found', holder.verifyPiece(fileA, 5, piece.sha1));
    await failsWith('not-found', holder.verifyPiece(fileB, 4, piece.sha1));
    assert.deepEqual(await get(holder, fileA, piece), piece.bytes);
  });

  contract('many requests at once do not get mixed up', async (holder) => {
    const pieces = Array.from({ length: 40 }, (_, pieceIndex) =>
      samplePiece(pieceIndex, 1 + ((pieceIndex * 7919) % 60_000)),
    );
    await Promise.all(pieces.map((piece) => holder.storePiece(fileA, piece)));
    const [read, missing, list] = await Promise.all([
      Promise.all(pieces.map((piece) => get(holder, fileA, piece))),
      Promise.allSettled(pieces.map(({ pieceIndex }) => holder.getPiece(fileB, pieceIndex, new Uint8Array(9)))),
      holder.list(),
      holder.sync(fileA),
    ]);
    assert.deepEqual(
      read,
      pieces.map(({ bytes }) => bytes),
    );
    assert.ok(missing.every(({ status }) => status === 'rejected'));
    assert.deepEqual(list[0]?.parts, [{ first: 0, last: 39 }]);
  });
}

export const fileA = 'a'.repeat(40) as TorrentId;
export const fileB = 'b'.repeat(40) as TorrentId;
/** A file of which the suite never stores a piece. */
export const fileC = 'c'.repeat(40) as TorrentId;

/** A piece of `size` bytes; its bytes differ from those of every other part. Offsets are as if pieces were 1 MiB. */
export function samplePiece(pieceIndex: number, size: number): PieceToStore {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >>> 8) * 17 + pieceIndex * 101) & 0xff;
  return {
    pieceIndex: pieceIndex,
    offset: pieceIndex * 1024 * 1024,
    sha1: createHash('sha1').update(bytes).digest('hex'),
    bytes,
  };
}

/** The bytes that the holder gives for `piece`. */
export async function get(holder: StoringHolder, file: TorrentId, piece: PieceToStore): Promise<Uint8Array> {
  const into = new Uint8Array(piece.bytes.length);
  await holder.getPiece(file, piece.pieceIndex, into);
  return into;
}

/** Asserts that `work` fails with a HolderError of that code. */
export async function failsWith(code: HolderErrorCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof HolderError, `a HolderError, not ${error}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}
