import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capacities } from './capacity.ts';
import { QrError } from './errors.ts';
import { drawFunctionPatterns } from './function-patterns.ts';
import type { QrCode } from './types.ts';
import { encodeQr } from './write.ts';
import { pictureOf, readQr } from './zxing.testing.ts';

const textOf = (length: number): string => 'http://192.168.1.5:8080/file?id='.repeat(73).slice(0, length);
const versionOf = ({ size }: QrCode): number => (size - 17) / 4;

/** The longest text that fits into a version at level M (Table 7), in bytes. */
const longest: readonly (readonly [version: number, bytes: number])[] = [
  [1, 14],
  [2, 26],
  [3, 42],
  [6, 106],
  [7, 122],
  [9, 180],
  [10, 213],
  [26, 1059],
  [27, 1125],
];
for (const [version, bytes] of longest) {
  test(`${bytes} bytes are the most that fit into version ${version}`, () => {
    const versions = [bytes, bytes + 1].map((length) => versionOf(encodeQr(textOf(length))));
    assert.deepEqual(versions, [version, version + 1]);
  });
}

test('2331 bytes are the most that fit at all', () => {
  assert.equal(versionOf(encodeQr(textOf(2331))), 40);
  assert.throws(
    () => encodeQr(textOf(2332)),
    (error) => error instanceof QrError && error.code === 'too-long-for-qr' && /2332 bytes/.test(error.message),
  );
});

test('every version, full, can be read', async () => {
  for (const { version, dataCodewords } of capacities) {
    const text = textOf(dataCodewords - (version < 10 ? 2 : 3));
    const read = await readQr(pictureOf(encodeQr(text)));
    assert.deepEqual({ ...read, mask: 0 }, { text, version, mask: 0, level: 'M' });
  }
});

for (const text of ['http://h/file?name=Ähre.txt', 'ÿ', '日本語の名前', '🦀'.repeat(50)]) {
  test(`what is no ASCII is marked as UTF-8: ${text.slice(0, 40)}`, async () => {
    assert.equal((await readQr(pictureOf(encodeQr(text))))?.text, text);
  });
}

test('the mark takes room: 2330 bytes of UTF-8', async () => {
  const text = 'é'.repeat(1165);
  assert.equal((await readQr(pictureOf(encodeQr(text))))?.text, text);
  assert.throws(() => encodeQr(`${text}x`), QrError);
});

test('the same text gives the same symbol', () => assert.deepEqual(encodeQr('twice'), encodeQr('twice')));

test('beyond its edges a symbol is light', () => {
  const code = encodeQr('edge');
  assert.ok(code.isDark(0, 0) && code.isDark(20, 0) && code.isDark(0, 20), 'finder patterns');
  assert.ok(![code.isDark(-1, 0), code.isDark(0, -1), code.isDark(21, 0), code.isDark(0, 21)].includes(true));
});

/** The symbol `code` with one module turned over in each of `count` codewords. */
function damaged(code: QrCode, count: number): QrCode {
  const places = [...drawFunctionPatterns(versionOf(code)).encodingRegion()];
  const turned = new Set(places.filter((_, bit) => bit % 8 === 0 && bit < count * 8).map(placeKey));
  const { size } = code;
  return { size, isDark: (row, column) => code.isDark(row, column) !== turned.has(placeKey({ row, column })) };
}

function placeKey({ row, column }: { readonly row: number; readonly column: number }): string {
  return `${row} ${column}`;
}

// Table 9: (70,44,13), one block of 70 codewords, of which any 13 may be wrong.
for (const [count, reads] of [
  [0, true],
  [1, true],
  [13, true],
  [14, false],
  [30, false],
] as const) {
  test(`version 3 with ${count} wrong codewords can${reads ? '' : 'not'} be read`, async () => {
    const code = encodeQr(textOf(42));
    assert.equal((await readQr(pictureOf(damaged(code, count))))?.text, reads ? textOf(42) : undefined);
  });
}
