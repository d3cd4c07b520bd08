import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCodewords } from './codewords.ts';
import { drawFunctionPatterns } from './function-patterns.ts';
import { masked, withMask } from './mask.ts';
import { Matrix } from './matrix.ts';
import { penaltyOf } from './penalty.ts';
import { pictureOf, readQr } from './zxing.testing.ts';

const text = 'http://localhost:8080/';
const { version, codewords } = encodeCodewords(text);
const unmasked = drawFunctionPatterns(version);
unmasked.placeCodewords(codewords);

/** The upper left corner of each mask, where nothing is reserved. */
const corners: readonly (readonly string[])[] = [
  ['#.#.#.', '.#.#.#', '#.#.#.', '.#.#.#', '#.#.#.', '.#.#.#'],
  ['######', '......', '######', '......', '######', '......'],
  ['#..#..', '#..#..', '#..#..', '#..#..', '#..#..', '#..#..'],
  ['#..#..', '..#..#', '.#..#.', '#..#..', '..#..#', '.#..#.'],
  ['###...', '###...', '...###', '...###', '###...', '###...'],
  ['######', '#.....', '#..#..', '#.#.#.', '#..#..', '#.....'],
  ['######', '###...', '##.##.', '#.#.#.', '#.##.#', '#...##'],
  ['#.#.#.', '...###', '#...##', '.#.#.#', '###...', '.###..'],
];
for (const [mask, corner] of corners.entries()) {
  test(`mask ${mask} turns over what Table 10 says`, () => {
    const matrix = withMask(new Matrix(30), mask);
    const rows = corner.map((_, row) =>
      Array.from({ length: 6 }, (_, column) => (matrix.isDark(row, column) ? '#' : '.')).join(''),
    );
    assert.deepEqual(rows, corner);
  });

  test(`a symbol with mask ${mask} can be read`, async () => {
    assert.deepEqual(await readQr(pictureOf(withMask(unmasked, mask))), { text, version, mask, level: 'M' });
  });
}

test('there are masks 0 to 7', () => assert.throws(() => withMask(unmasked, 8), /mask 8/));

test('the mask with the lowest penalty is taken', async () => {
  const penalties = corners.map((_, mask) => penaltyOf(withMask(unmasked, mask)));
  const best = await readQr(pictureOf(masked(unmasked)));
  assert.equal(best?.mask, penalties.indexOf(Math.min(...penalties)));
  assert.ok(new Set(penalties).size > 4, 'they differ');
});
