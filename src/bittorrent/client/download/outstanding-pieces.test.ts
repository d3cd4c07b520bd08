import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireLimits } from '../../../protocols/wire/types.ts';
import { OutstandingPieces } from './outstanding-pieces.ts';
import { PartialPiece } from './partial-piece.ts';

const { blockBytes } = wireLimits;

/** Piece `index`, of three blocks, is begun, and `owner` owns it. */
function begin(pieces: OutstandingPieces<string>, index: number, owner: string): PartialPiece<string> {
  const piece = new PartialPiece<string>(index, 3 * blockBytes);
  pieces.add(piece);
  pieces.own(owner, piece);
  return piece;
}

test('a peer is asked for all of its piece, and then owns none', () => {
  const pieces = new OutstandingPieces<string>();
  const piece = begin(pieces, 4, 'a');
  assert.deepEqual([...pieces.open], [piece]);
  const begins = [1, 2, 3, 4].map(() => pieces.askOwner('a')?.begin);
  assert.deepEqual(begins, [0, blockBytes, 2 * blockBytes, undefined]);
  assert.deepEqual([piece.owner, pieces.open.size, pieces.size], [undefined, 0, 1]);
});

test('a piece that its owner is not asked for any more is open to others', () => {
  const pieces = new OutstandingPieces<string>();
  const piece = begin(pieces, 4, 'a');
  pieces.askOwner('a');
  pieces.disown('a');
  assert.deepEqual([piece.owner, [...pieces.open]], [undefined, [piece]]);
  pieces.own('b', piece);
  assert.deepEqual([piece.owner, pieces.askOwner('b')?.begin, pieces.askOwner('a')], ['b', blockBytes, undefined]);
});

test('a block that its owner does not give makes it the owner no more; of another it does not', () => {
  const pieces = new OutstandingPieces<string>();
  const piece = begin(pieces, 4, 'a');
  pieces.askOwner('a');
  pieces.ask('b', piece);
  pieces.release('b', piece, blockBytes);
  assert.equal(piece.owner, 'a');
  pieces.release('a', piece, 0);
  assert.deepEqual([piece.owner, pieces.open.size], [undefined, 1]);
});

test('a block that is given up after the owner has gone on opens the piece again', () => {
  const pieces = new OutstandingPieces<string>();
  const first = begin(pieces, 4, 'a');
  for (let time = 0; time < 4; time += 1) pieces.askOwner('a');
  const next = begin(pieces, 5, 'a');
  assert.deepEqual([...pieces.open], [next]);
  pieces.release('a', first, blockBytes);
  assert.deepEqual([pieces.open.has(first), next.owner], [true, 'a'], 'its next piece is still its own');
  assert.equal(pieces.askOwner('a')?.index, 5);
});

test('a piece all of which came late is found not to be open', () => {
  const pieces = new OutstandingPieces<string>();
  const piece = begin(pieces, 4, 'a');
  for (let number = 0; number < 3; number += 1) piece.arrived(number * blockBytes, 'b');
  assert.deepEqual([pieces.ask('c', piece), pieces.open.size], [undefined, 0]);
});

test('a piece that is removed leaves nothing behind', () => {
  const pieces = new OutstandingPieces<string>();
  pieces.remove(begin(pieces, 4, 'a'));
  const orphan = begin(pieces, 5, 'b');
  pieces.disown('b');
  pieces.remove(orphan);
  const exclusive = new PartialPiece(6, blockBytes, 'c');
  pieces.add(exclusive);
  assert.deepEqual([...pieces.exclusive], [exclusive]);
  pieces.remove(exclusive);
  assert.deepEqual([pieces.size, [...pieces], pieces.get(4)], [0, [], undefined]);
  assert.deepEqual([pieces.open.size, pieces.exclusive.size], [0, 0]);
  assert.deepEqual([pieces.askOwner('a'), pieces.askOwner('b')], [undefined, undefined]);
});

test('who owns nothing gives nothing up', () => {
  const pieces = new OutstandingPieces<string>();
  const piece = begin(pieces, 4, 'a');
  pieces.disown('b');
  assert.deepEqual([piece.owner, pieces.askOwner('b')], ['a', undefined]);
});
