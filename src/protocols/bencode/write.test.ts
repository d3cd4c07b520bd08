import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BencodeValue } from './types.ts';
import { encodeBencode } from './write.ts';

const rows: { name: string; value: BencodeValue; bytes: string }[] = [
  { name: 'zero', value: 0, bytes: 'i0e' },
  { name: 'a negative integer', value: -42, bytes: 'i-42e' },
  { name: 'an integer beyond 2^53', value: 2n ** 64n, bytes: 'i18446744073709551616e' },
  { name: 'an empty string', value: '', bytes: '0:' },
  { name: 'a string counted in UTF-8 bytes', value: 'ж', bytes: '2:ж' },
  { name: 'a list', value: ['spam', 1, ['x']], bytes: 'l4:spami1el1:xee' },
  { name: 'keys sorted, whatever order they came in', value: { b: 1, a: 2, aa: 3 }, bytes: 'd1:ai2e2:aai3e1:bi1ee' },
  { name: 'an undefined value left out', value: { a: undefined, b: 1 }, bytes: 'd1:bi1ee' },
  { name: 'an empty dictionary', value: {}, bytes: 'de' },
];

for (const { name, value, bytes } of rows) {
  test(`encodes ${name}`, () => assert.equal(encodeBencode(value).toString(), bytes));
}

test('keeps bytes that are not text, as values and as keys sorted by byte', () => {
  const high = Uint8Array.of(0xff, 0x00);
  const low = Uint8Array.of(0x7f, 0x01);
  const bytes = encodeBencode(
    new Map([
      [high, high],
      [low, low],
    ]),
  );
  assert.equal(bytes.toString('latin1'), 'd2:\x7f\x012:\x7f\x012:\xff\x002:\xff\x00e');
});

test('refuses a number that is no integer', () => {
  assert.throws(() => encodeBencode(1.5), RangeError);
  assert.throws(() => encodeBencode(2 ** 53), RangeError);
});
