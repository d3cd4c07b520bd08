import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMagnet } from '../../src/protocols/metainfo/magnet.ts';
import { fuzz } from './magnet.ts';

test('whatever a magnet link says, it is refused, or what was read can be used', () => {
  const { taken, refused } = fuzz(1, 5_000);
  assert.ok(taken > 500 && refused > 500, `${taken} taken, ${refused} refused: both must come up`);
});

test('a reader that decodes as URLs do is found out', () => {
  const naive: typeof parseMagnet = (link) => parseMagnet(decodeURIComponent(link));
  assert.throws(() => fuzz(1, 5_000, naive), /^Error: seed 1, round \d+: "magnet:/);
});
