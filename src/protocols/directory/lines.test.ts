import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from './directory.testing.ts';
import { directoryLimits } from './types.ts';

const { lineBytesMax, floodBytesMax } = directoryLimits;
/** One byte a character, but for what is above 255. */
const bytes = (text: string) => Buffer.from(text, 'latin1');
const longest = 'x'.repeat(lineBytesMax);

const rows: { name: string; bytes: Buffer; lines: string[] }[] = [
  { name: 'LF, CR LF and CR NUL end a line', bytes: bytes('a\nb\r\nc\r\0d\n'), lines: ['a', 'b', 'c', 'd'] },
  { name: 'empty lines are lines', bytes: bytes('\n\r\n\r\0'), lines: ['', '', ''] },
  { name: 'UTF-8', bytes: Buffer.from('ä – 漢\n'), lines: ['ä – 漢'] },
  { name: 'a byte order mark stays where it is', bytes: Buffer.from('\ufeffa\n'), lines: ['\ufeffa'] },
  { name: 'no end, no line', bytes: bytes('a\nhalf'), lines: ['a'] },
  {
    name: 'telnet: WILL, WONT, DO and DONT',
    bytes: bytes('\xff\xfb\x01a\xff\xfc\x03b\xff\xfd\x1fc\xff\xfe\x20\n'),
    lines: ['abc'],
  },
  { name: 'telnet: commands of two bytes', bytes: bytes('a\xff\xf4b\xff\xf9c\xff\xffd\n'), lines: ['abcd'] },
  { name: 'telnet: an option whose number is that of a line end', bytes: bytes('a\xff\xfd\nb\n'), lines: ['ab'] },
  {
    name: 'telnet: a subnegotiation, IAC and LF in it',
    bytes: bytes('a\xff\xfa\x1f\0\n\xff\xff\xff\xf0b\n'),
    lines: ['ab'],
  },
  { name: 'telnet: between CR and LF', bytes: bytes('a\r\xff\xfd\x01\nb\n'), lines: ['a', 'b'] },
  { name: 'a line at the limit', bytes: bytes(`${longest}\n${longest}\r\nb\n`), lines: [longest, longest, 'b'] },
  {
    name: 'one byte more',
    bytes: bytes(`${longest}x\n${longest}x\r\nb\n`),
    lines: ['ERR too-long', 'ERR too-long', 'b'],
  },
  {
    name: 'a line of two bytes a character, by its bytes',
    bytes: Buffer.from(`${'ä'.repeat(lineBytesMax / 2)}ä\nb\n`),
    lines: ['ERR too-long', 'b'],
  },
  {
    name: 'a line that is passed over',
    bytes: bytes(`${'x'.repeat(floodBytesMax)}\nb\n`),
    lines: ['ERR too-long', 'b'],
  },
  { name: 'a flood', bytes: bytes(`${'x'.repeat(floodBytesMax + 1)}\nb\n`), lines: ['ERR flood'] },
  { name: 'not UTF-8', bytes: bytes('a\xe4b\nc\n'), lines: ['ERR bad-line', 'c'] },
  { name: 'UTF-8 that breaks off', bytes: bytes('a\xe2\x80\nc\n'), lines: ['ERR bad-line', 'c'] },
  { name: 'a surrogate in UTF-8', bytes: bytes('\xed\xa0\x80\nc\n'), lines: ['ERR bad-line', 'c'] },
  { name: 'a NUL', bytes: bytes('a\0b\nc\n'), lines: ['ERR bad-line', 'c'] },
  { name: 'a CR that ends nothing', bytes: bytes('a\rb\nc\n'), lines: ['ERR bad-line', 'c'] },
  { name: 'an escape', bytes: bytes('\x1b[2J\nc\n'), lines: ['ERR bad-line', 'c'] },
  {
    name: 'a C1 control, a line separator',
    bytes: Buffer.from('\u009b\n\u2028\nc\n'),
    lines: ['ERR bad-line', 'ERR bad-line', 'c'],
  },
];

for (const { name, bytes, lines } of rows) {
  test(`lines: ${name}`, () => {
    assert.deepEqual(linesOf(bytes), lines);
    assert.deepEqual(linesOf(bytes, 1), lines);
    assert.deepEqual(linesOf(bytes, 7), lines);
  });
}
