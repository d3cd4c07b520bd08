import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { metadataBytesMax, metadataPieceBytes, metadataRange } from './extension.ts';
import { MetadataPieces, metadataRequestsMax } from './metadata-pieces.ts';

/** Ten pieces, the last one short. */
const info = Buffer.from(Array.from({ length: 9 * metadataPieceBytes + 100 }, (_, index) => (index * 31) & 0xff));
const hashOf = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest();

function data(piece: number, from = info) {
  const { start = 0, end = 0 } = metadataRange(from.length, piece) ?? {};
  return { kind: 'data', piece, totalSize: from.length, bytes: from.subarray(start, end) } as const;
}

const begun = (bytes = info): MetadataPieces => new MetadataPieces(hashOf(bytes), bytes.length);

test('a few pieces are asked for at a time, each once, and the next when one has come', () => {
  const pieces = begun();
  assert.deepEqual(pieces.next(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(metadataRequestsMax, 8);
  assert.deepEqual(pieces.next(), []);
  assert.ok(pieces.add(data(3)));
  assert.deepEqual(pieces.next(), [8]);
  for (const piece of [0, 1]) pieces.add(data(piece));
  assert.deepEqual(pieces.next(), [9], 'there is no eleventh');
});

for (const length of [1, metadataPieceBytes - 1, metadataPieceBytes, metadataPieceBytes + 1, info.length]) {
  test(`${length} bytes, whatever the order they come in`, () => {
    const whole = info.subarray(0, length);
    const pieces = begun(whole);
    while (!pieces.complete)
      for (const piece of pieces.next().reverse()) {
        const lent = { ...data(piece, whole), bytes: Buffer.from(data(piece, whole).bytes) };
        assert.ok(pieces.add(lent));
        lent.bytes.fill(0xee);
      }
    assert.ok(pieces.info().equals(whole));
  });
}

test('what was not asked for, or has come before, is passed over', () => {
  const pieces = begun();
  assert.equal(pieces.add(data(0)), false, 'not asked for yet');
  pieces.next();
  assert.equal(pieces.add(data(9)), false);
  assert.equal(pieces.add(data(1)), true);
  assert.equal(pieces.add(data(1)), false);
  assert.equal(pieces.complete, false);
});

const impossible: { name: string; message: ReturnType<typeof data> }[] = [
  { name: 'another total size', message: { ...data(0), totalSize: info.length + 1 } },
  { name: 'a byte too few', message: { ...data(0), bytes: info.subarray(1, metadataPieceBytes) } },
  { name: 'a byte too many', message: { ...data(0), bytes: info.subarray(0, metadataPieceBytes + 1) } },
  { name: 'nothing', message: { ...data(0), bytes: info.subarray(0, 0) } },
  { name: 'a last piece that is whole', message: { ...data(9), bytes: info.subarray(0, metadataPieceBytes) } },
  { name: 'a piece beyond the last', message: { ...data(10), bytes: info.subarray(0, 1) } },
];

for (const { name, message } of impossible) {
  test(`a piece with ${name} is refused`, () => {
    const pieces = begun();
    pieces.next();
    assert.throws(() => pieces.add(message), { name: 'WireError', code: 'bad-metadata' });
  });
}

test('bytes that hash to something else are never given out', () => {
  const pieces = begun();
  for (let asked = pieces.next(); asked.length > 0; asked = pieces.next())
    for (const piece of asked) {
      const { bytes, ...message } = data(piece);
      const changed = Buffer.from(bytes);
      if (piece === 9) changed[50] = (changed[50] as number) ^ 1;
      pieces.add({ ...message, bytes: changed });
    }
  assert.ok(pieces.complete);
  assert.throws(() => pieces.info(), { code: 'bad-metadata', message: /another info-hash/ });
});

test('memory is taken as pieces come', () => {
  const before = process.memoryUsage();
  const claims = Array.from({ length: 100 }, () => new MetadataPieces(hashOf(info), metadataBytesMax));
  for (const claim of claims) claim.next();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  assert.ok(arrayBuffers - before.arrayBuffers < metadataBytesMax, `${arrayBuffers - before.arrayBuffers} bytes`);
  assert.ok(heapUsed - before.heapUsed < metadataBytesMax);
});
