import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unrecorded } from './unrecorded.ts';

test('what was taken is not told again', () => {
  const unrecorded = new Unrecorded();
  unrecorded.addPart(1, 10);
  unrecorded.addPart(1, 10);
  unrecorded.addFile(2);
  assert.equal(unrecorded.bytes, 10);
  const batch = unrecorded.take();
  assert.deepEqual([...batch.parts, ...batch.files], [1, 2]);
  assert.ok(unrecorded.empty);
  assert.equal(unrecorded.bytes, 0);
});

test('what is given back is told with what has come since', () => {
  const unrecorded = new Unrecorded();
  unrecorded.addPart(1, 10);
  unrecorded.addUnsure(5);
  unrecorded.addLost(6);
  unrecorded.addFile(7);
  const batch = unrecorded.take();
  unrecorded.addPart(2, 10);
  unrecorded.giveBack(batch);
  assert.deepEqual(unrecorded.take(), {
    unsure: new Set([5]),
    lost: new Set([6]),
    parts: new Set([2, 1]),
    files: new Set([7]),
    bytes: 20,
  });
});

test('a piece that was lost since is not given back', () => {
  const unrecorded = new Unrecorded();
  unrecorded.addPart(1, 10);
  const batch = unrecorded.take();
  unrecorded.addLost(1);
  unrecorded.giveBack(batch);
  assert.deepEqual([...unrecorded.take().parts], []);
});

test('a piece that was lost and came again is told as both: first lost, then there', () => {
  const unrecorded = new Unrecorded();
  unrecorded.addPart(1, 10);
  unrecorded.addLost(1);
  unrecorded.addPart(1, 10);
  const { parts, lost } = unrecorded.take();
  assert.deepEqual([...parts, ...lost], [1, 1]);
});
