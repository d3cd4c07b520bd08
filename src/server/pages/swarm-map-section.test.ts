import assert from 'node:assert/strict';
import test from 'node:test';
import type { SwarmMap } from '../views/swarm-map.ts';
import { locales } from './locale/locale.ts';
import { swarmMapSection } from './swarm-map-section.ts';
import { swarm } from './views.testing.ts';

/** The words for the copies of all holders together, in a file whose pieces have so many copies each. */
function spoken(copies: readonly number[], language: keyof typeof locales = 'en'): string {
  const cells = copies.map((count, index) => ({ first: index, last: index, copies: count }));
  const map: SwarmMap = { ...swarm, pieces: cells.length, cells };
  const [, words = ''] = /<span class="spoken">([^<]*)</.exec(swarmMapSection(map, locales[language]).toString()) ?? [];
  return words;
}

/** 1, 2, 1, 2... */
const fragments = (count: number): number[] => Array.from({ length: count }, (_, index) => 1 + (index % 2));

test('who listens is told of the only hole in a file of many fragments, and first', () => {
  const words = spoken([...fragments(100), 0, ...fragments(100)]);
  assert.ok(words.startsWith('Copies online: piece 100: 0 copies; piece 0: 1 copy, piece 1: 2 copies, '), words);
  assert.ok(words.endsWith('piece 11: 2 copies…'), words);
});

test('holes are named to a limit, and so is the rest', () => {
  const holes = (count: number) => spoken(Array.from({ length: 2 * count }, (_, index) => index % 2));
  const [atLimit = '', past = ''] = [holes(12), holes(13)];
  assert.equal(atLimit.split('0 copies').length - 1, 12);
  assert.ok(!atLimit.includes('…'), atLimit);
  assert.equal(past.split('0 copies').length - 1, 12);
  assert.match(past, /piece 22: 0 copies…; piece 1: 1 copy, .*piece 23: 1 copy…$/);
});

test('neither list is there without what it names', () => {
  assert.equal(spoken([2, 2, 2]), 'Copies online: pieces 0 to 2: 2 copies');
  assert.equal(spoken([0, 0]), 'Copies online: pieces 0 to 1: 0 copies');
  assert.equal(spoken([0, 1], 'ru'), 'Доступные копии: часть 0: 0 копий; часть 1: 1 копия');
});

test('the strip says of each run the same, as a hint', () => {
  const section = swarmMapSection(swarm, locales.en).toString();
  const hints = [...section.matchAll(/<title>([^<]*)<\/title>/g)].map(([, hint]) => hint);
  assert.deepEqual(hints, [
    'pieces 0 to 1: 2 copies',
    'piece 2: 0 copies',
    'piece 3: 1 copy',
    'piece 4: 2 copies',
    'piece 5: 12 copies',
  ]);
});
