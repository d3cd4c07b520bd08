import assert from 'node:assert/strict';
import { test } from 'node:test';
import { singleSample, treeSample } from './downloads.testing.ts';
import { Layout } from './layout.ts';

/**
 * The layout of the tree: first 0 to 15000, padding, second 20000 to 30000, empty, third to 30003, fourth to 51003,
 * fifth.
 */
const tree = new Layout(treeSample().file);
const [first, second, third, fourth, fifth] = [0, 1, 3, 4, 5] as const;

const spans = [
  { name: 'within one file', offset: 0, length: 10, spans: [{ file: first, position: 0, start: 0, length: 10 }] },
  {
    name: 'into a padding',
    offset: 10_000,
    length: 10_000,
    spans: [
      { file: first, position: 10_000, start: 0, length: 5000 },
      { file: undefined, position: 0, start: 5000, length: 5000 },
    ],
  },
  {
    name: 'exactly one file',
    offset: 20_000,
    length: 10_000,
    spans: [{ file: second, position: 0, start: 0, length: 10_000 }],
  },
  {
    name: 'over an empty file, and a whole one',
    offset: 29_999,
    length: 5,
    spans: [
      { file: second, position: 9999, start: 0, length: 1 },
      { file: third, position: 0, start: 1, length: 3 },
      { file: fourth, position: 0, start: 4, length: 1 },
    ],
  },
  {
    name: 'to the end',
    offset: 58_000,
    length: 3,
    spans: [{ file: fifth, position: 6997, start: 0, length: 3 }],
  },
  { name: 'nothing', offset: 12, length: 0, spans: [] },
];
for (const { name, offset, length, spans: expected } of spans) {
  test(`where bytes lie: ${name}`, () => assert.deepEqual(tree.spans(offset, length), expected));
}

test('bytes behind the end lie nowhere', () => {
  assert.throws(() => tree.spans(58_000, 4), RangeError);
});

test('which files a piece is in', () => {
  assert.deepEqual(tree.filesOf(1), [first]);
  assert.deepEqual(tree.filesOf(3), [third, fourth]);
  assert.deepEqual(tree.filesOf(5), [fourth, fifth]);
});

test('folders come before those that are in them', () => {
  assert.deepEqual(tree.folders, [[], ['a'], ['c'], ['a', 'b']]);
});

test('a single file has no folder', () => {
  const layout = new Layout(singleSample('one', 2).file);
  assert.deepEqual(layout.folders, []);
  assert.deepEqual(layout.files, [{ path: [], length: 18_766, offset: 0 }]);
  assert.deepEqual(layout.spans(10_000, 8_766), [{ file: 0, position: 10_000, start: 0, length: 8_766 }]);
});

test('nothing lies anywhere in a torrent of nothing', () => {
  assert.deepEqual(new Layout(singleSample('none', 0).file).spans(0, 0), []);
});

const badNames = ['..', '', 'a/b', 'nul\0', 'x'.repeat(256), `${'A'.repeat(40)}.part`];
for (const bad of badNames) {
  test(`a name that is no name is refused here as well: ${JSON.stringify(bad.slice(0, 20))}`, () => {
    const { file } = singleSample();
    const error = { name: 'DownloadError', code: 'bad-torrent' };
    assert.throws(() => new Layout({ ...file, name: bad }), error);
    const inTree = { path: ['a', bad], length: file.length, offset: 0, padding: false };
    assert.throws(() => new Layout({ ...file, files: [inTree] }), error);
    new Layout({ ...file, files: [{ ...inTree, padding: true }] });
  });
}
