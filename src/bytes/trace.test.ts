import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldValue, observerOf, traceTo } from './trace.ts';

function traced(field: string, bytes: string | Uint8Array | number, value?: FieldValue): string | undefined {
  const lines: string[] = [];
  traceTo((line) => lines.push(line), '<')(field, bytes, value);
  return lines[0];
}

const shown: readonly { bytes: string | Uint8Array | number; value?: FieldValue; text: string }[] = [
  { bytes: 'a"\x1b', text: '"a\\"\\x1b"' },
  { bytes: Buffer.of(0xff, 0x61), text: '"\\xffa"' },
  { bytes: 1, text: '1 byte' },
  { bytes: 65_536, text: '65536 bytes' },
  { bytes: 4, value: 7, text: '7' },
  { bytes: 8, value: 2n ** 63n, text: '9223372036854775808' },
  { bytes: 4, value: 'GET_PART', text: 'GET_PART' },
  { bytes: 4, value: 'two words', text: '"two words"' },
  { bytes: 4, value: 'ada – \x1b"\\', text: '"ada – \\u001b\\"\\\\"' },
  { bytes: 4, value: '', text: '""' },
  { bytes: 2, value: Buffer.from('-X'), text: '"-X"' },
  { bytes: 2, value: Buffer.of(0x2d, 0x80), text: '2d80' },
  { bytes: 50, value: Buffer.alloc(50), text: `${'00'.repeat(48)} and 2 bytes more` },
];
for (const { bytes, value, text } of shown) {
  test(`a field is shown as ${text.slice(0, 30)}`, () =>
    assert.equal(traced('name', bytes, value), `< 000000  name            ${text}`));
}

test('a field that a stranger named does not steer the terminal', () => {
  assert.equal(traced('a\x1b[2J', 'x'), '< 000000  "a\\x1b[2J"      "x"');
  assert.equal(traced('', 'x'), '< 000000  ""              "x"');
});

test('an empty field is not shown, and without a trace there is no observer', () => {
  assert.equal(traced('name', 0), undefined);
  assert.equal(observerOf(undefined, 'p1', '>'), undefined);
});
