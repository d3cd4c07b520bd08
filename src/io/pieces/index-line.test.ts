import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieceBytesMax } from '../../bytes/pieces.ts';
import {
  encodeGoneLine,
  encodePieceLine,
  encodeSharedLine,
  indexLineBytesMax,
  parseGoneLine,
  parsePieceLine,
  parseSharedLine,
} from './index-line.ts';

const sha1 = '356a192b7913b04c54574d18c28d46e6395428ab';
const pieces = [
  { name: 'the first', piece: { pieceIndex: 0, offset: 0, size: 1, sha1 } },
  { name: 'any', piece: { pieceIndex: 41, offset: 10_747_904, size: 262_144, sha1 } },
  { name: 'the largest', piece: { pieceIndex: 2 ** 32 - 1, offset: 999_999_999_999_999, size: pieceBytesMax, sha1 } },
];
for (const { name, piece } of pieces) {
  test(`a piece line says the same when it is read: ${name}`, () => {
    const line = encodePieceLine(piece);
    assert.deepEqual(parsePieceLine(line.slice(0, -1)), piece);
  });
}

const tooLarge = [
  { name: 'part', piece: { pieceIndex: 2 ** 32, offset: 0, size: 1, sha1 } },
  { name: 'size', piece: { pieceIndex: 0, offset: 0, size: pieceBytesMax + 1, sha1 } },
  { name: 'offset', piece: { pieceIndex: 0, offset: 10 ** 15, size: 1, sha1 } },
];
for (const { name, piece } of tooLarge) {
  test(`a piece line over the limit is no piece: ${name}`, () => {
    assert.equal(parsePieceLine(encodePieceLine(piece).slice(0, -1)), undefined);
  });
}

test('a line that was cut or changed anywhere is no piece', () => {
  const line = encodePieceLine({ pieceIndex: 41, offset: 10_747_904, size: 262_144, sha1 }).slice(0, -1);
  for (let at = 0; at < line.length; at += 1) {
    assert.equal(parsePieceLine(line.slice(0, at)), undefined, `cut at ${at}`);
    const other = line[at] === '0' ? '1' : '0';
    assert.equal(parsePieceLine(line.slice(0, at) + other + line.slice(at + 1)), undefined, `changed at ${at}`);
  }
});

test('a gone line says which piece, and is told from the others', () => {
  for (const pieceIndex of [0, 41, 2 ** 32 - 1]) {
    const line = encodeGoneLine(pieceIndex).slice(0, -1);
    assert.equal(parseGoneLine(line), pieceIndex);
    assert.equal(parsePieceLine(line), undefined);
    for (let at = 0; at < line.length; at += 1) assert.equal(parseGoneLine(line.slice(0, at)), undefined);
  }
  assert.equal(parseGoneLine(encodeGoneLine(2 ** 32).slice(0, -1)), undefined);
  assert.equal(parseGoneLine(encodePieceLine({ pieceIndex: 1, offset: 0, size: 1, sha1 }).slice(0, -1)), undefined);
});

test('a shared line carries any path, to the nanosecond', () => {
  const origin = { path: '/home/ann/b %\n ü.iso', size: 734_003_200, modifiedNs: 1_795_168_800_123_456_789n };
  const line = encodeSharedLine(origin).slice(0, -1);
  assert.ok(!line.includes('\n'));
  assert.deepEqual(parseSharedLine(line), origin);
  assert.equal(parsePieceLine(line), undefined);
  assert.equal(parseSharedLine(line.slice(1)), undefined);
});

test('the longest path there can be fits a line', () => {
  const line = encodeSharedLine({ path: `/${'%'.repeat(4095)}`, size: 0, modifiedNs: 0n });
  assert.ok(line.length <= indexLineBytesMax);
});
