import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PieceRecord } from '../../bytes/pieces.ts';
import { Unsynced } from './unsynced.ts';

/** The piece with that index, at a place of its own for each `version`. */
const piece = (pieceIndex: number, version = 0): PieceRecord => {
  return { pieceIndex, offset: pieceIndex * 1000 + version * 100, size: 100, sha1: '0'.repeat(40) };
};

/** Calls, and what a sync is then told. */
const stories = [
  { name: 'stored', act: (it: Unsynced) => it.store(piece(1)), stored: [piece(1)], gone: [], vacated: [] },
  {
    name: 'stored, then replaced',
    act: (it: Unsynced) => {
      it.store(piece(1));
      it.store(piece(1, 1), piece(1));
    },
    stored: [piece(1, 1)],
    gone: [],
    vacated: [piece(1)],
  },
  { name: 'dropped', act: (it: Unsynced) => it.drop(piece(1)), stored: [], gone: [1], vacated: [piece(1)] },
  {
    name: 'stored, then dropped',
    act: (it: Unsynced) => {
      it.store(piece(1));
      it.drop(piece(1));
    },
    stored: [],
    gone: [1],
    vacated: [piece(1)],
  },
  {
    name: 'dropped, then stored again elsewhere',
    act: (it: Unsynced) => {
      it.drop(piece(1));
      it.store(piece(1, 1));
    },
    stored: [piece(1, 1)],
    gone: [1],
    vacated: [piece(1)],
  },
  {
    name: 'stored, then found to be bad',
    act: (it: Unsynced) => {
      it.store(piece(1));
      it.forget(1);
    },
    stored: [],
    gone: [],
    vacated: [],
  },
];
for (const { name, act, stored, gone, vacated } of stories) {
  test(`a piece that was ${name}`, () => {
    const unsynced = new Unsynced();
    act(unsynced);
    assert.equal(unsynced.empty, stored.length + gone.length === 0);
    assert.deepEqual(unsynced.take(), { stored, gone: new Set(gone), vacated });
    assert.ok(unsynced.empty);
    assert.deepEqual(unsynced.take(), { stored: [], gone: new Set(), vacated: [] });
  });
}

test('after a failure, what was dropped is told next time, and what was stored is given up', () => {
  const unsynced = new Unsynced();
  unsynced.drop(piece(1));
  unsynced.store(piece(2, 1), piece(2));
  const batch = unsynced.take();
  unsynced.drop(piece(3));
  unsynced.store(piece(4, 1), piece(4));
  assert.deepEqual(unsynced.giveUp(batch), [piece(2, 1), piece(4, 1)]);
  const next = unsynced.take();
  assert.deepEqual(next, { stored: [], gone: new Set([3, 1]), vacated: [piece(1), piece(3)] });
});
