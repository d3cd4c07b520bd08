import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTorrent } from '../../src/protocols/metainfo/read.ts';
import { fuzz } from './metainfo.ts';

test('whatever a torrent says, it is refused, or what was read holds together', () => {
  const { taken, refused } = fuzz(1, 5_000);
  assert.ok(taken > 500 && refused > 500, `${taken} taken, ${refused} refused: both must come up`);
});

test('a reader that lets a path climb is found out', () => {
  const climbing: typeof parseTorrent = (bytes) => {
    const torrent = parseTorrent(bytes);
    return { ...torrent, info: { ...torrent.info, name: '..' } };
  };
  assert.throws(() => fuzz(2, 100, climbing), /^Error: seed 2, round \d+: "/);
});

test('a reader that fails otherwise than it says is found out', () => {
  const careless: typeof parseTorrent = (bytes) => {
    if (Buffer.from(bytes).includes('..')) throw new TypeError('not thought of');
    return parseTorrent(bytes);
  };
  assert.throws(() => fuzz(3, 1_000, careless), /^Error: seed 3, round \d+: "/);
});
