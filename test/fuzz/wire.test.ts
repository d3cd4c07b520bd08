import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hear } from '../../src/protocols/wire/wire.testing.ts';
import { fuzz } from './wire.ts';

test('whatever a wire peer says, in whatever chunks, the same is read of it, or it is refused alike', () => {
  const { taken, refused } = fuzz(1, 5_000);
  assert.ok(taken > 500 && refused > 500, `${taken} taken, ${refused} refused: both must come up`);
});

test('the control: a reader that loses the end of a chunk is found out, and the round is named', () => {
  const forgetful: typeof hear = (bytes, chunkBytes) => hear(bytes.subarray(0, -1), chunkBytes);
  assert.throws(() => fuzz(1, 100, forgetful), /^Error: seed 1, round \d+: /);
});
