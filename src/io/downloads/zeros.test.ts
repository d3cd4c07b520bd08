import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isZeros } from './zeros.ts';

for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
  test(`${length} zeros are zeros, and are not with one bit set`, () => {
    const bytes = Buffer.alloc(length);
    assert.ok(isZeros(bytes));
    for (const index of [0, length >> 1, length - 1].filter((each) => each >= 0 && each < length)) {
      bytes[index] = 1;
      assert.equal(isZeros(bytes), false);
      bytes[index] = 0;
    }
  });
}
