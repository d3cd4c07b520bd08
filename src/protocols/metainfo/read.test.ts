import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../bencode/write.ts';
import { metainfoFromInfo } from './from-info.ts';
import { parseTorrent } from './read.ts';
import { parseInfo } from './read-info.ts';
import {
  filesAt,
  hybrid,
  layerRoot,
  multi,
  multiV2,
  multiV2Layers,
  sha1,
  sha256,
  single,
  singleV2,
  torrentOf,
  type Values,
} from './samples.testing.ts';
import { metainfoLimits, type Torrent } from './types.ts';
import { encodeInfo, infoHash } from './write.ts';
import { infoHashV2 } from './write-v2.ts';

test('a single file', () => {
  const { info, trackers, webSeeds, pieceLayers } = parseTorrent(torrentOf(single));
  const { raw, v1, ...rest } = info;
  assert.deepEqual(rest, { name: 'hello.txt', length: 11, pieceLength: 16384, private: false, v2: undefined });
  assert.deepEqual(v1, { infoHash: sha1(encodeBencode(single)).toString('hex'), pieceHashes: sha1('hello world') });
  assert.deepEqual(raw, encodeBencode(single));
  assert.deepEqual([trackers, webSeeds, pieceLayers], [[], [], undefined]);
});

test('several files: paths, lengths, and where each begins', () => {
  const { info } = parseTorrent(torrentOf(multi));
  assert.equal(info.length, 11);
  assert.deepEqual(info.files, [
    { path: ['a.txt'], length: 5, offset: 0, padding: false },
    { path: ['sub', 'empty'], length: 0, offset: 5, padding: false },
    { path: ['sub', 'b.txt'], length: 6, offset: 5, padding: false },
  ]);
});

test('v2 alone: each file begins with a piece', () => {
  const { info, pieceLayers } = parseTorrent(torrentOf(multiV2, { 'piece layers': multiV2Layers }));
  assert.equal(info.v1, undefined);
  assert.equal(info.v2?.infoHash, sha256(encodeBencode(multiV2)).toString('hex'));
  assert.equal(info.length, 2 * 16384 + 11);
  assert.deepEqual(info.v2?.files, [
    { path: ['sub', 'long.bin'], length: 16484, offset: 0, piecesRoot: layerRoot },
    { path: ['z.txt'], length: 11, offset: 2 * 16384, piecesRoot: sha256('hello world') },
  ]);
  assert.deepEqual(pieceLayers, encodeBencode(multiV2Layers));
});

test('v2 alone: one file called as the torrent is', () => {
  const { info, pieceLayers } = parseTorrent(torrentOf(singleV2));
  assert.deepEqual([info.length, info.files, pieceLayers?.toString()], [11, undefined, 'de']);
});

test('a hybrid has two hashes over one dictionary, and a padding', () => {
  const { info } = parseTorrent(torrentOf(hybrid, { 'piece layers': multiV2Layers }));
  const raw = encodeBencode(hybrid);
  assert.deepEqual([info.v1?.infoHash, info.v2?.infoHash], [sha1(raw).toString('hex'), sha256(raw).toString('hex')]);
  assert.deepEqual(
    info.files?.map(({ padding }) => padding),
    [false, true, false],
  );
  assert.equal(info.length, 2 * 16384 + 11);
});

/** Keys that are added, or changed. */
const good: {
  name: string;
  info?: Values;
  others?: Values;
  check?: (torrent: Torrent) => void;
}[] = [
  { name: 'an empty file', info: { ...single, length: 0, pieces: '' } },
  { name: 'pieces longer than the file', info: { ...single, 'piece length': metainfoLimits.pieceLengthMax } },
  { name: 'a piece length that is no power of two', info: { ...single, 'piece length': 11 } },
  { name: 'keys that mean nothing to us', info: { ...single, source: 'x', 'x-y': [1] }, others: { nodes: [] } },
  { name: 'private', info: { ...single, private: 1 }, check: ({ info }) => assert.ok(info.private) },
  {
    name: 'a name in another encoding, with its UTF-8',
    info: { ...single, name: Uint8Array.of(0xe4), 'name.utf-8': 'ä' },
    check: ({ info }) => assert.equal(info.name, 'ä'),
  },
  {
    name: 'a path in another encoding, with its UTF-8',
    info: { ...multi, files: [{ length: 11, path: [Uint8Array.of(0xe4)], 'path.utf-8': ['ä'] }] },
    check: ({ info }) => assert.deepEqual(info.files?.[0]?.path, ['ä']),
  },
  {
    name: 'paddings that are alike',
    info: {
      ...multi,
      files: [
        { length: 5, path: ['a'] },
        ...[2, 2].map((length) => ({ attr: 'p', length, path: ['.pad', '2'] })),
        { length: 2, path: ['b'] },
      ],
    },
  },
  {
    name: 'a symbolic link without a length',
    info: {
      ...multi,
      files: [
        { attr: 'l', path: ['a'], 'symlink path': ['..'] },
        { length: 11, path: ['b'] },
      ],
    },
  },
  { name: 'a folder whose name differs in case', info: filesAt(['A', 'x'], ['a', 'y']) },
  { name: 'a name of 255 bytes', info: { ...single, name: 'ж'.repeat(127) } },
  { name: 'a name with dots that leads nowhere', info: { ...single, name: '...x.. .' } },
  { name: 'meta version 1', info: { ...single, 'meta version': 1 } },
  {
    name: 'announce',
    others: { announce: 'http://t/announce' },
    check: ({ trackers }) => assert.deepEqual(trackers, [['http://t/announce']]),
  },
  {
    name: 'announce-list instead of announce (BEP 12)',
    others: { announce: 'http://t/announce', 'announce-list': [['udp://a'], ['udp://b', 'udp://c']] },
    check: ({ trackers }) => assert.deepEqual(trackers, [['udp://a'], ['udp://b', 'udp://c']]),
  },
  {
    name: 'an announce-list with empty strings and tiers, and the ends of lines',
    others: { announce: 'http://t/announce', 'announce-list': [[], ['', ' udp://a\n'], [''], ['udp://b']] },
    check: ({ trackers }) => assert.deepEqual(trackers, [['udp://a'], ['udp://b']]),
  },
  {
    name: 'a flat announce-list',
    others: { 'announce-list': ['udp://a', '', 'udp://b'] },
    check: ({ trackers }) => assert.deepEqual(trackers, [['udp://a'], ['udp://b']]),
  },
  ...[[], [[]], [[''], []]].map((tiers) => ({
    name: `announce where the announce-list is ${JSON.stringify(tiers)}`,
    others: { announce: 'http://t/announce', 'announce-list': tiers },
    check: ({ trackers }: Torrent) => assert.deepEqual(trackers, [['http://t/announce']]),
  })),
  {
    name: 'an empty announce',
    others: { announce: '', 'announce-list': [['']] },
    check: ({ trackers }) => assert.deepEqual(trackers, []),
  },
  {
    name: 'one web seed',
    others: { 'url-list': 'http://w/' },
    check: ({ webSeeds }) => assert.deepEqual(webSeeds, ['http://w/']),
  },
  {
    name: 'several web seeds',
    others: { 'url-list': ['http://w/', '', 'http://v/'] },
    check: ({ webSeeds }) => assert.deepEqual(webSeeds, ['http://w/', 'http://v/']),
  },
];

for (const { name, info = single, others, check } of good) {
  test(`takes ${name}`, () => {
    const torrent = parseTorrent(torrentOf(info, others));
    check?.(torrent);
    assert.deepEqual(parseInfo(encodeBencode(info)), torrent.info, 'the info dictionary alone says the same');
  });
}

test('what we keep of a torrent as we would have made it is only that', () => {
  const own = metainfoFromInfo(parseTorrent(torrentOf(single)).info);
  assert.deepEqual(own, { name: 'hello.txt', length: 11, pieceLength: 16384, pieceHashes: sha1('hello world') });
});

test('what we keep of another is its dictionary, which gives the same hashes', () => {
  for (const values of [{ ...single, private: 1 }, multi, hybrid]) {
    const { info, pieceLayers } = parseTorrent(
      torrentOf(values, values === hybrid ? { 'piece layers': multiV2Layers } : {}),
    );
    const kept = metainfoFromInfo(info, pieceLayers);
    assert.ok(kept !== undefined);
    assert.deepEqual(encodeInfo(kept), encodeBencode(values));
    assert.deepEqual([infoHash(kept), infoHashV2(kept)], [info.v1?.infoHash, info.v2?.infoHash]);
  }
});

test('nothing is kept of v2 alone: there is no SHA-1 of its pieces', () => {
  assert.equal(metainfoFromInfo(parseTorrent(torrentOf(singleV2)).info), undefined);
});
