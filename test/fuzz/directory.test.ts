import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, type Hear, hear } from './directory.ts';

test('whatever clients of the directory say, in whatever chunks, they are told the same, and it adds up', () => {
  const { answered, refused } = fuzz(1, 500);
  assert.ok(answered > 300 && refused > 300, `${answered} answered, ${refused} refused: both must come up`);
});

test('the control: a reader that loses the end of a chunk is found out, and the round is named', () => {
  const forgetful: Hear = (conversation, chunkBytes) =>
    hear(
      conversation.map(({ which, bytes }) => ({ which, bytes: bytes.subarray(0, -1) })),
      chunkBytes,
    );
  assert.throws(() => fuzz(1, 100, forgetful), /^Error: seed 1, round \d+: /);
});
