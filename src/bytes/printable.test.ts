import assert from 'node:assert/strict';
import test from 'node:test';
import { printable } from './printable.ts';

const rows: readonly { name: string; text: string; shown: string }[] = [
  { name: 'plain text', text: 'plan v2 (final).txt', shown: 'plan v2 (final).txt' },
  {
    name: 'other scripts and pictures',
    text: 'na\u00efve \u65e5\u672c \u{1f4c4}',
    shown: 'na\u00efve \u65e5\u672c \u{1f4c4}',
  },
  { name: 'line breaks and tabs', text: 'a\r\n\tb', shown: 'a\\r\\n\\tb' },
  { name: 'an escape sequence', text: '\u001b[2J\u009b2J', shown: '\\u001b[2J\\u009b2J' },
  { name: 'NUL and DEL', text: '\0\x7f', shown: '\\u0000\\u007f' },
  { name: 'writing turned around', text: 'a\u202etxt.exe', shown: 'a\\u202etxt.exe' },
  { name: 'spaces without width', text: 'a\u200bb\u2060.txt', shown: 'a\\u200bb\\u2060.txt' },
  {
    name: 'joiners of a script and of emoji',
    text: 'می\u200cخواهم \u{1f469}\u200d\u{1f680}',
    shown: 'می\u200cخواهم \u{1f469}\u200d\u{1f680}',
  },
  { name: 'a name that is written from right to left', text: 'שלום مرحبا.pdf', shown: 'שלום مرحبا.pdf' },
  { name: 'line separators', text: '\u2028\u2029', shown: '\\u2028\\u2029' },
  { name: 'half of a pair', text: 'a\ud800b', shown: 'a\\ud800b' },
];

for (const { name, text, shown } of rows) test(`printable: ${name}`, () => assert.equal(printable(text), shown));

test('printable: every mark that turns the direction of writing', () => {
  const ranges = [
    [0x200e, 0x200f],
    [0x202a, 0x202e],
    [0x2066, 0x2069],
    [0x061c, 0x061c],
  ] as const;
  for (const [first, last] of ranges) {
    for (let code = first; code <= last; code += 1) {
      assert.equal(printable(String.fromCharCode(code)), `\\u${code.toString(16).padStart(4, '0')}`);
    }
  }
});
