import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCount, formatExactSize, formatPercent, formatSize, quoteForShell } from './format.ts';

const sizes: readonly (readonly [bytes: number, shown: string])[] = [
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [102348, '99.9 KiB'],
  [102400, '100 KiB'],
  [1048575, '1.0 MiB'],
  [3221225472, '3.0 GiB'],
  [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
];
for (const [bytes, shown] of sizes) test(`size: ${bytes}`, () => assert.equal(formatSize(bytes), shown));

test('counts and names', () => {
  assert.equal(formatCount(1, 'piece'), '1 piece');
  assert.equal(formatCount(1234567, 'piece'), '1,234,567 pieces');
  assert.equal(formatCount(2, 'copy', 'copies'), '2 copies');
  assert.equal(formatExactSize(1), '1 byte');
  assert.deepEqual([0, 0.999, 1].map(formatPercent), ['0%', '99%', '100%']);
  assert.equal(quoteForShell('plan-v2.txt'), 'plan-v2.txt');
  assert.equal(quoteForShell("it's $HOME"), "'it'\\''s $HOME'");
});
