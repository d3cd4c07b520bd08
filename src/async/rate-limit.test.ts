import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './clock.testing.ts';
import { RateLimit } from './rate-limit.ts';

/** Time passes only while `spend` waits. */
function scene(bytesPerSecond: number) {
  const clock = new ManualClock();
  clock.pass(5_000_000);
  const limit = new RateLimit({ bytesPerSecond, clock });
  const { signal } = new AbortController();
  const spend = async (bytes: number): Promise<void> => {
    const spent = limit.spent(bytes, signal);
    clock.pass(clock.nextMs ?? 0);
    await spent;
  };
  return { clock, spend };
}

const rates: { name: string; bytesPerSecond: number; bytes: number; times: number; seconds: number }[] = [
  { name: 'many small pieces', bytesPerSecond: 1_000_000, bytes: 1000, times: 10_000, seconds: 10 },
  { name: 'pieces of more than a second each', bytesPerSecond: 65_536, bytes: 16_777_216, times: 3, seconds: 768 },
  { name: 'less than the burst', bytesPerSecond: 1_000_000, bytes: 1000, times: 100, seconds: 0 },
];
for (const { name, bytesPerSecond, bytes, times, seconds } of rates) {
  test(`${name}: ${times} times ${bytes} bytes take about ${seconds} seconds`, async () => {
    const { clock, spend } = scene(bytesPerSecond);
    const started = clock.now();
    for (let index = 0; index < times; index += 1) await spend(bytes);
    const taken = (clock.now() - started) / 1000;
    assert.ok(taken <= seconds && taken >= seconds - 0.1001, `${taken} s`);
  });
}

test('a pause is not saved up', async () => {
  const { clock, spend } = scene(1000);
  await spend(100);
  clock.pass(3_600_000);
  const started = clock.now();
  for (let index = 0; index < 10; index += 1) await spend(1000);
  assert.equal(clock.now() - started, 9900);
});

test('two who share a limit get it together, not twice', async () => {
  const { signal } = new AbortController();
  const waits: number[] = [];
  const clock = {
    now: () => 0,
    after: (ms: number, callback: () => void) => {
      waits.push(ms);
      callback();
      return () => {};
    },
  };
  const shared = new RateLimit({ bytesPerSecond: 1000, clock });
  await Promise.all([shared.spent(1000, signal), shared.spent(1000, signal)]);
  assert.deepEqual(waits, [900, 1900]);
});

test('an abort ends the waiting at once, and nobody begins to wait after it', async () => {
  const stopping = new AbortController();
  const limit = new RateLimit({ bytesPerSecond: 1, clock: new ManualClock() });
  const waiting = limit.spent(1e9, stopping.signal);
  stopping.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(limit.spent(0, stopping.signal), { name: 'AbortError' });
});
