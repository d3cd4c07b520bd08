import assert from 'node:assert/strict';
import test from 'node:test';
import { mediaTypeOf } from './playable-types.ts';

const cases: readonly (readonly [fileName: string, type: string])[] = [
  ['holiday.mp4', 'video/mp4'],
  ['Holiday.MP4', 'video/mp4'],
  ['a.b.flac', 'audio/flac'],
  ['.jpg', 'image/jpeg'],
  ['mp4', 'application/octet-stream'],
  ['page.html', 'application/octet-stream'],
  ['picture.svg', 'application/octet-stream'],
  ['style.css', 'application/octet-stream'],
  ['x.constructor', 'application/octet-stream'],
  ['x.__proto__', 'application/octet-stream'],
  ['x.mp4 ', 'application/octet-stream'],
  ['', 'application/octet-stream'],
];

for (const [fileName, type] of cases) {
  test(`media type of "${fileName}"`, () => assert.equal(mediaTypeOf(fileName), type));
}
