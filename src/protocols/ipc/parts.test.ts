import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTorrentId } from '../../bytes/ids.ts';
import type { HeldFile } from '../../bytes/pieces.ts';
import { IpcError } from './errors.ts';
import { encodeList, encodeParts, parseList, parseParts } from './parts.ts';

const ranges = [
  { text: '', parts: [] },
  { text: '0', parts: [{ first: 0, last: 0 }] },
  {
    text: '0-41,43',
    parts: [
      { first: 0, last: 41 },
      { first: 43, last: 43 },
    ],
  },
  { text: '7-4294967295', parts: [{ first: 7, last: 0xffff_ffff }] },
];

for (const { text, parts } of ranges) {
  test(`ranges "${text}" are read and written`, () => {
    assert.deepEqual(parseParts(text), parts);
    assert.equal(encodeParts(parts), text);
  });
}

test('neighbours become one range, as a shell lists them', () => {
  assert.deepEqual(parseParts('0,1,2,4-5,6'), [
    { first: 0, last: 2 },
    { first: 4, last: 6 },
  ]);
});

const badRanges = [
  { name: 'an end before its beginning', text: '5-3' },
  { name: 'ranges that fall', text: '4,2' },
  { name: 'ranges that overlap', text: '0-4,4-6' },
  { name: 'an index twice', text: '3,3' },
  { name: 'an index past 32 bits', text: '4294967296' },
  { name: 'a negative index', text: '-1' },
  { name: 'an open range', text: '3-' },
  { name: 'two dashes', text: '1-2-3' },
  { name: 'a comma at the end', text: '1,' },
  { name: 'a space', text: '1, 2' },
];

for (const { name, text } of badRanges) {
  test(`ranges with ${name} are refused`, () => assert.equal(parseParts(text), undefined));
}

const first = parseTorrentId('3f786850e387550fdab836ed7e6dc881de23001b') as HeldFile['file'];
const second = parseTorrentId('89e6c98d92887913cadf06b2adb97f26cde4849b') as HeldFile['file'];

test('a list is read and written', () => {
  const files: HeldFile[] = [
    { file: first, parts: [{ first: 0, last: 41 }], shared: false },
    { file: second, parts: [], shared: true },
  ];
  const bytes = encodeList(files);
  assert.equal(Buffer.from(bytes).toString(), `file=${first} parts=0-41\nfile=${second} parts= shared=1\n`);
  assert.deepEqual(parseList(bytes), files);
  assert.deepEqual(parseList(new Uint8Array(0)), []);
});

test('keys of a list line that are not known are ignored', () => {
  const list = parseList(Buffer.from(`mood=good parts=1 file=${first} shared=0\n`));
  assert.deepEqual(list, [{ file: first, parts: [{ first: 1, last: 1 }], shared: false }]);
});

const badLists = [
  { name: 'a line that does not end', text: `file=${first} parts=1` },
  { name: 'an empty line', text: `file=${first} parts=1\n\n` },
  { name: 'a file twice', text: `file=${first} parts=1\nfile=${first} parts=2\n` },
  { name: 'no parts', text: `file=${first}\n` },
  { name: 'no file', text: 'parts=1\n' },
  { name: 'bad ranges', text: `file=${first} parts=2-1\n` },
  { name: 'a file id that is none', text: 'file=x parts=1\n' },
];

for (const { name, text } of badLists) {
  test(`a list with ${name} is refused`, () => {
    assert.throws(
      () => parseList(Buffer.from(text)),
      (error) => error instanceof IpcError && error.code === 'bad-list',
    );
  });
}
