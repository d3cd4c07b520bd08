import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPieces, Recorded } from '../../bytes/trace.testing.ts';
import { sentLines } from './trace.ts';
import { directoryLimits } from './types.ts';

const iac = '\xff\xfb\x01'; // IAC WILL ECHO
const tooLong = 'x'.repeat(directoryLimits.lineBytesMax + 1);
const bytes = Buffer.from(
  `list-users\nqu${iac}it\r\n\r\0bad\x01\n${tooLong}\nada \xe2\x80\x93 here\nunfinished`,
  'latin1',
);
const lines = [
  '> 000000  line            list-users',
  '> 000011  line            quit',
  '> 000020  line            ""',
  '> 000022  line            5 bytes',
  '> 000027  line            4098 bytes',
  '> 004125  line            "ada – here"',
];

for (const chunks of inPieces(bytes)) {
  test(`lines in ${chunks.length} pieces`, () => {
    const recorded = new Recorded();
    const take = sentLines(recorded.observe);
    for (const chunk of chunks) take(chunk);
    assert.deepEqual(recorded.lines, lines);
    assert.equal(recorded.bytes.length, bytes.length - 'unfinished'.length);
  });
}
