/** The leaks that a soak must notice, and changes that it must not take for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../random.ts';
import { judgeSeries, type Sample } from './judge.ts';

const MiB = 1024 * 1024;

/**
 * 200 looks in `hours`, every tenth at the live memory as well, which is what `liveMiB` says at a time from 0 to 1, and
 * a little that is on the way. What Linux sees has garbage in it.
 */
function judged(
  hours: number,
  liveMiB: (time: number) => number,
  change: (time: number) => Partial<Sample> = () => ({}),
) {
  const random = seededRandom(1);
  const samples = Array.from({ length: 200 }, (_, index): Sample => {
    const time = index / 200;
    const live = (liveMiB(time) + 0.2 * random()) * MiB;
    const ownBytes = live + (40 + 60 * time) * random() * MiB;
    const sample = {
      hours: time * hours,
      files: 30,
      channels: 20,
      ownBytes,
      ...(index % 10 === 0 && { liveBytes: live }),
    };
    return { ...sample, ...change(time) };
  });
  return judgeSeries({ name: 'it', samples }).failures;
}

const warm = (time: number): number => 30 - 15 * Math.exp(-30 * time);

const cases: { name: string; failures: readonly string[]; failure: RegExp | undefined }[] = [
  { name: 'an hour, flat after warming up', failures: judged(1, warm), failure: undefined },
  {
    name: 'an hour, 2 MiB more',
    failures: judged(1, (time) => warm(time) + 2 * time),
    failure: /^the live memory of it grows by [12]\.\d\d ± 0\.\d\d MiB an hour$/,
  },
  { name: 'an hour, half a MiB more', failures: judged(1, (time) => warm(time) + 0.5 * time), failure: undefined },
  {
    name: 'a minute, still warming up',
    failures: judged(1 / 60, (time) => 60 - 45 * Math.exp(-3 * time)),
    failure: undefined,
  },
  {
    name: 'a minute, 150 MiB more',
    failures: judged(1 / 60, (time) => 50 + 150 * time),
    failure: /^the live memory of it grew by 1\d\d\.\d MiB$/,
  },
  {
    name: 'memory that is not on the heap',
    failures: judged(1, warm, (time) => ({ ownBytes: (100 + 400 * time) * MiB })),
    failure: /^the memory of it as Linux sees it grew by/,
  },
  {
    name: 'one descriptor more at the end',
    failures: judged(1, warm, (time) => (time > 0.7 ? { channels: 21 } : {})),
    failure: /^it had 20 channels open in the second quarter, 21 in the last$/,
  },
  {
    name: 'descriptors that come and go',
    failures: judged(1, warm, (time) => ({ channels: 20 + (Math.round(time * 200) % 3) })),
    failure: undefined,
  },
  {
    name: 'descriptors that are opened while it warms up',
    failures: judged(1, warm, (time) => (time < 0.1 ? { channels: 10 } : {})),
    failure: undefined,
  },
  { name: 'more data files than are kept open', failures: judged(1, warm, () => ({ files: 81 })), failure: /81 files/ },
];
test('what grows is named, the most first, up to three kinds', () => {
  const samples = Array.from({ length: 40 }, (_, index): Sample => {
    const MiBs = 10 + index;
    const liveKinds = new Map([
      ['Lost', index * MiB],
      ['(string)', 3 * index * 1024],
      ['Steady', MiB],
      ['Shrinking', (40 - index) * MiB],
    ]);
    return { hours: index / 40, files: 1, channels: 1, ownBytes: MiB, liveBytes: MiBs * MiB, liveKinds };
  });
  const { failures, facts } = judgeSeries({ name: 'it', samples });
  assert.match(failures.join(), /MiB an hour; most of it \(KiB\): Lost \+29696, \(string\) \+87$/);
  assert.equal(facts['it: grew most, KiB'], 'Lost +29696, (string) +87');
});

for (const { name, failures, failure } of cases) {
  test(name, () => {
    if (failure === undefined) assert.deepEqual(failures, []);
    else assert.match(failures.join(), failure);
  });
}
