import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, chooseUnchoked, passOnIdle } from './choker.ts';

const rules = { slots: 3, turns: 1, idleMs: 5_000 };

/** One that waits and never had a slot; `of` tells what is different. */
const waiting = (peer: string, of: Partial<Candidate<string>> = {}): Candidate<string> => ({
  peer,
  unchoked: false,
  sinceMs: 60_000,
  newcomer: true,
  recentBytes: 0,
  idleMs: 60_000,
  ...of,
});
const holding = (peer: string, of: Partial<Candidate<string>> = {}): Candidate<string> =>
  waiting(peer, { unchoked: true, newcomer: false, ...of });
const using = (peer: string, recentBytes: number): Candidate<string> => holding(peer, { recentBytes, idleMs: 0 });

const cases: {
  name: string;
  interested: Candidate<string>[];
  round: string;
  between: string;
}[] = [
  { name: 'nobody is interested', interested: [], round: '', between: '' },
  { name: 'there are slots for all', interested: [waiting('a'), holding('b')], round: 'ab', between: 'ab' },
  {
    name: 'idle ones keep their slots while nobody waits',
    interested: [holding('a'), holding('b'), holding('c')],
    round: 'abc',
    between: 'abc',
  },
  {
    name: 'an idle one loses its slot to who waits',
    interested: [using('a', 9), holding('b'), using('c', 5), waiting('d')],
    round: 'acd',
    between: 'acd',
  },
  {
    name: 'all idle ones lose their slots when enough wait',
    interested: [holding('a'), holding('b'), holding('c'), waiting('d'), waiting('e'), waiting('f')],
    round: 'def',
    between: 'def',
  },
  {
    name: 'one just below the limit keeps its slot until the round',
    interested: [using('a', 9), holding('b', { idleMs: 4_999 }), using('c', 5), waiting('d')],
    round: 'acd',
    between: 'abc',
  },
  {
    name: 'one at the limit does not',
    interested: [using('a', 9), holding('b', { idleMs: 5_000 }), using('c', 5), waiting('d')],
    round: 'acd',
    between: 'acd',
  },
  {
    name: 'who has just got its slot keeps it over a round',
    interested: [using('a', 9), holding('b', { idleMs: 1_000, sinceMs: 1_000 }), using('c', 5), waiting('d')],
    round: 'abc',
    between: 'abc',
  },
  {
    name: 'a round gives the slot of the least to who waits',
    interested: [using('a', 1), using('b', 9), using('c', 5), waiting('d')],
    round: 'bcd',
    between: 'abc',
  },
  {
    name: 'merit without a slot gets one at the round (tit for tat)',
    interested: [using('a', 1), using('b', 2), using('c', 3), waiting('d', { recentBytes: 9 })],
    round: 'bcd',
    between: 'abc',
  },
  {
    name: 'the latest newcomer comes first, then who has waited longest',
    interested: [
      waiting('a', { sinceMs: 50_000 }),
      waiting('b', { sinceMs: 90_000, newcomer: false }),
      waiting('c', { sinceMs: 10_000 }),
      waiting('d', { sinceMs: 1_000 }),
      using('e', 9),
    ],
    round: 'bde',
    between: 'bde',
  },
];

for (const { name, interested, round, between } of cases) {
  test(name, () => {
    assert.equal([...chooseUnchoked(interested, rules)].sort().join(''), round, 'at a round');
    assert.equal([...passOnIdle(interested, rules)].sort().join(''), between, 'between rounds');
  });
}
