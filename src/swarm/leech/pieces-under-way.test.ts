import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireLimits } from '../../protocols/wire/types.ts';
import { PieceUnderWay } from './piece-under-way.ts';
import { PiecesUnderWay } from './pieces-under-way.ts';

const { blockBytes } = wireLimits;

/** Piece `index`, of three blocks, is begun, and `owner` owns it. */
function begin(pieces: PiecesUnderWay<string>, index: number, owner: string): PieceUnderWay<string> {
  const piece = new PieceUnderWay<string>(index, 3 * blockBytes);
  pieces.add(piece);
  pieces.own(owner, piece);
  return piece;
}

test('a peer is asked for all of its piece, and then owns none', () => {
  const pieces = new PiecesUnderWay<string>();
  const piece = begin(pieces, 4, 'a');
  const begins = [1, 2, 3, 4].map(() => pieces.askOwner('a')?.begin);
  assert.deepEqual(begins, [0, blockBytes, 2 * blockBytes, undefined]);
  assert.deepEqual([piece.owner, pieces.orphans.size, pieces.size], [undefined, 0, 1]);
});

test('a piece whose owner is asked for no more is an orphan as long as there is something to ask for', () => {
  const pieces = new PiecesUnderWay<string>();
  const piece = begin(pieces, 4, 'a');
  pieces.askOwner('a');
  pieces.disown('a');
  assert.deepEqual([piece.owner, [...pieces.orphans]], [undefined, [piece]]);
  pieces.own('b', piece);
  assert.deepEqual([piece.owner, pieces.orphans.size], ['b', 0]);
});

test('a block that its owner does not give makes an orphan of the piece; of another it does not', () => {
  const pieces = new PiecesUnderWay<string>();
  const piece = begin(pieces, 4, 'a');
  pieces.askOwner('a');
  piece.askNext('b');
  pieces.release('b', piece, blockBytes);
  assert.deepEqual([piece.owner, pieces.orphans.size], ['a', 0]);
  pieces.release('a', piece, 0);
  assert.deepEqual([piece.owner, pieces.orphans.size], [undefined, 1]);
});

test('a block that is given up after the owner has gone on makes an orphan of the piece', () => {
  const pieces = new PiecesUnderWay<string>();
  const first = begin(pieces, 4, 'a');
  for (let time = 0; time < 4; time += 1) pieces.askOwner('a');
  const next = begin(pieces, 5, 'a');
  pieces.release('a', first, blockBytes);
  assert.deepEqual([[...pieces.orphans], next.owner], [[first], 'a'], 'its next piece is still its own');
  assert.equal(pieces.askOwner('a')?.index, 5);
});

test('a piece that is removed leaves nothing behind', () => {
  const pieces = new PiecesUnderWay<string>();
  pieces.remove(begin(pieces, 4, 'a'));
  const orphan = begin(pieces, 5, 'b');
  pieces.disown('b');
  pieces.remove(orphan);
  assert.deepEqual([pieces.size, [...pieces], pieces.orphans.size, pieces.get(4)], [0, [], 0, undefined]);
  assert.deepEqual([pieces.askOwner('a'), pieces.askOwner('b')], [undefined, undefined]);
});

test('who owns nothing gives nothing up', () => {
  const pieces = new PiecesUnderWay<string>();
  const piece = begin(pieces, 4, 'a');
  pieces.disown('b');
  assert.deepEqual([piece.owner, pieces.askOwner('b')], ['a', undefined]);
});
