import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetainfoError, type MetainfoErrorCode } from './errors.ts';
import { parseTorrent } from './read.ts';
import {
  filesAt,
  hybrid,
  layer,
  layerRoot,
  multi,
  multiV2,
  multiV2Layers,
  single,
  singleV2,
  torrentOf,
  type Values,
} from './samples.testing.ts';
import { metainfoLimits } from './types.ts';

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
    others: { 'announce-list': 'http://t' },
    code: 'wrong-type',
  },
  {
    name: 'a tier of trackers that is a number',
    torrent: single,
    others: { 'announce-list': [1] },
    code: 'wrong-type',
  },
  {
    name: 'a tracker that is a list',
    torrent: single,
    others: { 'announce-list': [[['http://t']]] },
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
