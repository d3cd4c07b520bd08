/** What a soak must notice, and what it must not take for a leak. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../random.ts';
import { judgeSeries, type Sample } from './judge.ts';

const MiB = 1024 * 1024;

/** 200 looks in `hours`: memory as `memoryMiB` says, at a time from 0 to 1, under the teeth of a garbage collector. */
function series(
  hours: number,
  memoryMiB: (time: number) => number,
  change: (sample: Sample) => Partial<Sample> = () => ({}),
) {
  const random = seededRandom(1);
  const samples = Array.from({ length: 200 }, (_, index): Sample => {
    const time = index / 200;
    const garbageMiB = 20 * ((index % 7) / 7) + random();
    const sample = { hours: time * hours, files: 30, channels: 20, ownBytes: (memoryMiB(time) + garbageMiB) * MiB };
    return { ...sample, ...change(sample) };
  });
  return judgeSeries({ name: 'it', samples }).failures;
}

const warmingUp = (time: number): number => 70 - 25 * Math.exp(-20 * time);

const cases: { name: string; failures: readonly string[]; failure: RegExp | undefined }[] = [
  { name: 'an hour, flat after warming up', failures: series(1, warmingUp), failure: undefined },
  {
    name: 'an hour, 4 MiB more',
    failures: series(1, (time) => warmingUp(time) + 4 * time),
    failure: /^the memory of it grows by [345]\.\d MiB an hour, ± [01]\.\d$/,
  },
  {
    name: 'a minute, still warming up',
    failures: series(1 / 60, (time) => 70 - 25 * Math.exp(-3 * time)),
    failure: undefined,
  },
  {
    name: 'a minute, 150 MiB more',
    failures: series(1 / 60, (time) => 50 + 150 * time),
    failure: /^the memory of it grew by/,
  },
  {
    name: 'one descriptor more at the end',
    failures: series(1, warmingUp, ({ hours }) => (hours > 0.9 ? { channels: 21 } : {})),
    failure: /^it had 20 channels open in the second quarter, 21 in the last$/,
  },
  {
    name: 'descriptors that are opened while it warms up',
    failures: series(1, warmingUp, ({ hours }) => (hours < 0.1 ? { channels: 10 } : {})),
    failure: undefined,
  },
  {
    name: 'more data files than are kept open',
    failures: series(1, warmingUp, () => ({ files: 81 })),
    failure: /81 files/,
  },
];
for (const { name, failures, failure } of cases) {
  test(name, () => {
    if (failure === undefined) assert.deepEqual(failures, []);
    else assert.match(failures.join(), failure);
  });
}
