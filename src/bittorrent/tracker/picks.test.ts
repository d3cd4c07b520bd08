import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picks } from './picks.ts';

const sizes: { count: number; candidates: number }[] = [
  { count: 0, candidates: 0 },
  { count: 0, candidates: 5 },
  { count: 1, candidates: 1 },
  { count: 5, candidates: 5 },
  { count: 4, candidates: 5 },
  { count: 50, candidates: 51 },
  { count: 7, candidates: 100 },
  { count: 200, candidates: 500_000 },
];
for (const { count, candidates } of sizes) {
  test(`${count} of ${candidates}: different ones, all of them in range`, () => {
    const picks = new Picks(() => 0.5);
    for (let round = 0; round < 100; round += 1) {
      const drawn = [...picks.draw(count, candidates).subarray(0, count)];
      assert.equal(new Set(drawn).size, count);
      assert.ok(drawn.every((pick) => pick >= 0 && pick < candidates));
    }
  });
}

for (const { count, candidates } of [
  { count: 3, candidates: 10 },
  { count: 7, candidates: 8 },
  { count: 1, candidates: 13 },
]) {
  test(`${count} of ${candidates}: each as often as any other`, () => {
    const rounds = 100_000;
    const often = new Array<number>(candidates).fill(0);
    const picks = new Picks(() => 0.25);
    for (let round = 0; round < rounds; round += 1) {
      for (const pick of picks.draw(count, candidates).subarray(0, count)) often[pick] = (often[pick] as number) + 1;
    }
    const expected = (rounds * count) / candidates;
    for (const times of often) assert.ok(Math.abs(times - expected) < expected * 0.03, `${times}, not ${expected}`);
  });
}
