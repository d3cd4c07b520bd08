import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnnounceTimes } from './announce-times.ts';

const unsaid = { interval: undefined, minInterval: undefined };
const intervals: {
  name: string;
  said: Partial<typeof unsaid | Record<string, number>>;
  due: number;
  wanted: number;
}[] = [
  { name: 'nothing', said: {}, due: 1800, wanted: 60 },
  { name: 'both', said: { interval: 3600, minInterval: 900 }, due: 3600, wanted: 900 },
  { name: 'as often as may be', said: { interval: 60, minInterval: 60 }, due: 60, wanted: 60 },
  { name: 'more often', said: { interval: 0, minInterval: 0 }, due: 60, wanted: 60 },
  { name: 'as seldom as may be', said: { interval: 86_400 }, due: 86_400, wanted: 60 },
  { name: 'more seldom', said: { interval: 2 ** 32 - 1, minInterval: 2 ** 32 - 1 }, due: 86_400, wanted: 86_400 },
  { name: 'a least that is more than the interval', said: { interval: 100, minInterval: 900 }, due: 100, wanted: 100 },
];
for (const { name, said, due, wanted } of intervals) {
  test(`a tracker says ${name}`, () => {
    const times = new AnnounceTimes(() => 0.5);
    assert.equal(times.answered({ ...unsaid, ...said }, 1000), 1000 + due * 1000);
    assert.equal(times.wantedFromMs, 1000 + wanted * 1000);
  });
}

test('without an answer the waits are doubled, up to half an hour; an answer begins anew', () => {
  const times = new AnnounceTimes(() => 0.5);
  const waits = Array.from({ length: 11 }, () => times.failed(1000, 0) - 1000);
  assert.deepEqual(waits.slice(0, 4), [5_000, 10_000, 20_000, 40_000]);
  assert.deepEqual(waits.slice(-3), [1_280_000, 1_800_000, 1_800_000]);
  assert.equal(times.wantedFromMs, Number.POSITIVE_INFINITY, 'nobody may hurry it');
  times.answered(unsaid, 0);
  assert.equal(times.failed(0, 0), 5_000);
});

test('waits differ by a quarter; a tracker that forbids it is not asked sooner', () => {
  assert.equal(new AnnounceTimes(() => 0).failed(0, 0), 3_750);
  assert.equal(Math.round(new AnnounceTimes(() => 0.9999).failed(0, 0)), 6_250);
  assert.equal(new AnnounceTimes(() => 0.5).failed(0, 60_000), 60_000);
  assert.equal(new AnnounceTimes(() => 0.5).failed(0, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});
