import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../bencode/write.ts';
import { MetainfoError, type MetainfoErrorCode } from './errors.ts';
import { metainfoFromInfo } from './from-info.ts';
import { parseTorrent } from './read.ts';
import { parseInfo } from './read-info.ts';
import {
  hybrid,
  layer,
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
import { metainfoLimits } from './types.ts';
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

/** What may be there, or be said otherwise. */
const good: {
  name: string;
  info?: Values;
  others?: Values;
  check?: (torrent: ReturnType<typeof parseTorrent>) => void;
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

function filesAt(...paths: string[][]): Values {
  return { ...multi, files: paths.map((path, index) => ({ length: index === 0 ? 11 : 0, path })) };
}
const named = (name: string | Uint8Array): Values => ({ ...single, name });
const without = (values: Values, key: string): Values => ({ ...values, [key]: undefined });
const tree = (value: Values): Values => ({ ...singleV2, 'file tree': value as never });

const bad: { name: string; torrent: Values | Uint8Array | string; others?: Values; code: MetainfoErrorCode }[] = [
  { name: 'nothing', torrent: '', code: 'bad-bencode' },
  { name: 'no dictionary', torrent: 'le', code: 'wrong-type' },
  { name: 'no info', torrent: 'de', code: 'missing-key' },
  { name: 'trailing bytes', torrent: 'd4:infodeei1e', code: 'bad-bencode' },
  { name: 'keys out of order', torrent: 'd4:infod4:name1:x6:lengthi1eee', code: 'bad-bencode' },
  { name: 'a length with a leading zero', torrent: 'd4:infod6:lengthi011eee', code: 'bad-bencode' },
  { name: 'info that is a list', torrent: 'd4:infolee', code: 'wrong-type' },
  { name: 'more than 16 MiB', torrent: new Uint8Array(metainfoLimits.torrentBytesMax + 1), code: 'too-large' },
  { name: 'no name', torrent: without(single, 'name'), code: 'missing-key' },
  { name: 'a name that is a number', torrent: { ...single, name: 5 }, code: 'wrong-type' },
  { name: 'a name that is not UTF-8', torrent: named(Uint8Array.of(0xff)), code: 'bad-name' },
  {
    name: 'neither name in UTF-8',
    torrent: { ...named(Uint8Array.of(0xff)), 'name.utf-8': Uint8Array.of(0xff) },
    code: 'bad-name',
  },
  ...[
    '',
    '.',
    '..',
    '/etc/passwd',
    'a/b',
    'a\\b',
    'a\0b',
    'a\nb',
    'x'.repeat(256),
    'CON',
    'nul.txt',
    'Com1',
    'LPT9 .x',
    'c:',
    'C:x',
    '. .',
    '...',
  ].map((name) => ({
    name: `the name ${JSON.stringify(name.slice(0, 20))}`,
    torrent: named(name),
    code: 'bad-name' as const,
  })),
  { name: 'no piece length', torrent: without(single, 'piece length'), code: 'missing-key' },
  ...[0, -1, metainfoLimits.pieceLengthMax + 1, 2n ** 63n].map((value) => ({
    name: `a piece length of ${value}`,
    torrent: { ...single, 'piece length': value },
    code: 'bad-number' as const,
  })),
  { name: 'a piece length in quotes', torrent: { ...single, 'piece length': '16384' }, code: 'wrong-type' },
  { name: 'no length', torrent: without(single, 'length'), code: 'missing-key' },
  { name: 'a negative length', torrent: { ...single, length: -1 }, code: 'bad-number' },
  { name: 'a length beyond 2^53', torrent: { ...single, length: 2n ** 60n }, code: 'bad-number' },
  { name: 'too many pieces', torrent: { ...single, length: metainfoLimits.piecesMax * 16384 + 1 }, code: 'too-large' },
  { name: 'no pieces', torrent: without(single, 'pieces'), code: 'missing-key' },
  { name: 'a hash too few', torrent: { ...single, length: 16385 }, code: 'bad-pieces' },
  { name: 'a hash too many', torrent: { ...single, length: 0 }, code: 'bad-pieces' },
  { name: 'a hash cut short', torrent: { ...single, pieces: Buffer.alloc(19) }, code: 'bad-pieces' },
  { name: 'length and files', torrent: { ...multi, length: 11 }, code: 'ambiguous' },
  { name: 'no files', torrent: { ...multi, files: [] }, code: 'missing-key' },
  { name: 'files that are one dictionary', torrent: { ...multi, files: {} }, code: 'wrong-type' },
  { name: 'a file that is a string', torrent: { ...multi, files: ['a'] }, code: 'wrong-type' },
  {
    name: 'too many files',
    torrent: filesAt(...Array.from({ length: metainfoLimits.filesMax + 1 }, (_, index) => [`${index}`])),
    code: 'too-large',
  },
  { name: 'a file without a path', torrent: { ...multi, files: [{ length: 11 }] }, code: 'missing-key' },
  { name: 'an empty path', torrent: filesAt([]), code: 'bad-name' },
  { name: 'a path that is a string', torrent: { ...multi, files: [{ length: 11, path: 'a' }] }, code: 'wrong-type' },
  { name: 'a path that climbs', torrent: filesAt(['a', '..', 'b']), code: 'bad-name' },
  { name: 'an absolute path', torrent: filesAt(['', 'etc', 'passwd']), code: 'bad-name' },
  { name: 'a path too long', torrent: filesAt(Array(20).fill('x'.repeat(200))), code: 'bad-name' },
  {
    name: 'a padding that climbs',
    torrent: { ...multi, files: [{ attr: 'p', length: 11, path: ['..'] }] },
    code: 'bad-name',
  },
  { name: 'a file twice', torrent: filesAt(['a'], ['a']), code: 'collision' },
  { name: 'two files that differ in case', torrent: filesAt(['a', 'X'], ['a', 'x']), code: 'collision' },
  { name: 'two files in folders that differ in case', torrent: filesAt(['a', 'x'], ['A', 'x']), code: 'collision' },
  { name: 'two spellings of one accent', torrent: filesAt(['\u00e9'], ['e\u0301']), code: 'collision' },
  { name: 'a file, then a folder of that name', torrent: filesAt(['a'], ['a', 'b']), code: 'collision' },
  { name: 'a folder, then a file of that name', torrent: filesAt(['a', 'b'], ['a']), code: 'collision' },
  {
    name: 'a list of trackers that is none',
    torrent: single,
    others: { 'announce-list': ['http://t'] },
    code: 'wrong-type',
  },
  {
    name: 'a tracker that is not UTF-8',
    torrent: single,
    others: { announce: Uint8Array.of(0xff) },
    code: 'wrong-type',
  },
  { name: 'a meta version to come', torrent: { ...singleV2, 'meta version': 3 }, code: 'bad-version' },
  { name: 'v2 without a tree', torrent: without(singleV2, 'file tree'), code: 'missing-key' },
  { name: 'a tree without meta version', torrent: without(singleV2, 'meta version'), code: 'missing-key' },
  { name: 'v2 with small pieces', torrent: { ...singleV2, 'piece length': 8192 }, code: 'bad-number' },
  {
    name: 'v2 with a piece length that is no power of two',
    torrent: { ...singleV2, 'piece length': 49152 },
    code: 'bad-number',
  },
  { name: 'an empty tree', torrent: tree({}), code: 'bad-tree' },
  { name: 'a tree with an empty folder alone', torrent: tree({ a: {} }), code: 'bad-tree' },
  { name: 'a tree that is a file', torrent: tree({ '': { length: 0 } }), code: 'bad-tree' },
  { name: 'a file in the tree with more in it', torrent: tree({ a: { '': { length: 0 }, b: {} } }), code: 'bad-tree' },
  { name: 'a tree that climbs', torrent: tree({ '..': { '': { length: 0 } } }), code: 'bad-name' },
  { name: 'a tree with a string in it', torrent: tree({ a: 'b' }), code: 'wrong-type' },
  { name: 'a file in the tree without a root', torrent: tree({ a: { '': { length: 1 } } }), code: 'bad-tree' },
  {
    name: 'an empty file with a root',
    torrent: tree({ a: { '': { length: 0, 'pieces root': layerRoot } } }),
    code: 'bad-tree',
  },
  {
    name: 'a root cut short',
    torrent: tree({ a: { '': { length: 1, 'pieces root': Buffer.alloc(31) } } }),
    code: 'bad-tree',
  },
  { name: 'no layers', torrent: multiV2, code: 'bad-layers' },
  {
    name: 'layers without the one that is needed',
    torrent: multiV2,
    others: { 'piece layers': {} },
    code: 'bad-layers',
  },
  {
    name: 'a layer cut short',
    torrent: multiV2,
    others: { 'piece layers': new Map([[layerRoot, layer.subarray(32)]]) },
    code: 'bad-layers',
  },
  {
    name: 'a layer with a wrong hash',
    torrent: multiV2,
    others: { 'piece layers': new Map([[layerRoot, Buffer.alloc(64)]]) },
    code: 'bad-layers',
  },
  { name: 'layers that are a list', torrent: singleV2, others: { 'piece layers': [] }, code: 'wrong-type' },
  {
    name: 'a hybrid whose v1 part has a file less',
    torrent: { ...hybrid, files: (hybrid.files as []).slice(0, 2), pieces: Buffer.alloc(40) },
    code: 'hybrid-mismatch',
  },
  { name: 'a hybrid with another path', torrent: { ...singleV2, ...single, name: 'other' }, code: 'hybrid-mismatch' },
  { name: 'a hybrid with another length', torrent: { ...singleV2, ...single, length: 12 }, code: 'hybrid-mismatch' },
  {
    name: 'a hybrid without its padding',
    torrent: { ...hybrid, files: (hybrid.files as []).filter((_, index) => index !== 1), pieces: Buffer.alloc(40) },
    code: 'hybrid-mismatch',
  },
];

for (const { name, torrent, others, code } of bad) {
  test(`refuses ${name}: ${code}`, () => {
    const isWhole = typeof torrent === 'string' || torrent instanceof Uint8Array;
    const bytes = isWhole ? Buffer.from(torrent as string) : torrentOf(torrent as Values, others);
    assert.throws(
      () => parseTorrent(bytes),
      (error) => {
        assert.ok(error instanceof MetainfoError, String(error));
        assert.equal(error.code, code, error.message);
        return true;
      },
    );
  });
}

test('the tables have no fault of their own: what they are made from is taken', () => {
  for (const info of [single, multi, singleV2]) parseTorrent(torrentOf(info));
  for (const info of [multiV2, hybrid]) parseTorrent(torrentOf(info, { 'piece layers': multiV2Layers }));
});

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
