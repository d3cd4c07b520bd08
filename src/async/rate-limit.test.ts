import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimit } from './rate-limit.ts';

/** Time passes only while somebody waits. */
function scene(bytesPerSecond: number) {
  const clock = { ms: 5_000_000 };
  const limit = new RateLimit({
    bytesPerSecond,
    now: () => clock.ms,
    wait: async (ms) => {
      clock.ms += ms;
    },
  });
  return { clock, limit, signal: new AbortController().signal };
}

const rates: { name: string; bytesPerSecond: number; bytes: number; times: number; seconds: number }[] = [
  { name: 'many small pieces', bytesPerSecond: 1_000_000, bytes: 1000, times: 10_000, seconds: 10 },
  { name: 'pieces of more than a second each', bytesPerSecond: 65_536, bytes: 16_777_216, times: 3, seconds: 768 },
  { name: 'less than the burst', bytesPerSecond: 1_000_000, bytes: 1000, times: 100, seconds: 0 },
];
for (const { name, bytesPerSecond, bytes, times, seconds } of rates) {
  test(`${name}: ${times} times ${bytes} bytes take about ${seconds} seconds`, async () => {
    const { clock, limit, signal } = scene(bytesPerSecond);
    const started = clock.ms;
    for (let index = 0; index < times; index += 1) await limit.spent(bytes, signal);
    const taken = (clock.ms - started) / 1000;
    assert.ok(taken <= seconds && taken >= seconds - 0.1001, `${taken} s`);
  });
}

test('a pause is not saved up', async () => {
  const { clock, limit, signal } = scene(1000);
  await limit.spent(100, signal);
  clock.ms += 3_600_000;
  const started = clock.ms;
  for (let index = 0; index < 10; index += 1) await limit.spent(1000, signal);
  assert.equal(clock.ms - started, 9900);
});

test('two who share a limit get it together, not twice', async () => {
  const { signal } = scene(1000);
  const waits: number[] = [];
  const shared = new RateLimit({ bytesPerSecond: 1000, now: () => 0, wait: async (ms) => void waits.push(ms) });
  await Promise.all([shared.spent(1000, signal), shared.spent(1000, signal)]);
  assert.deepEqual(waits, [900, 1900]);
});

test('an abort ends the waiting at once, and nobody begins to wait after it', async () => {
  const stopping = new AbortController();
  const limit = new RateLimit({ bytesPerSecond: 1, now: () => 0 });
  const waiting = limit.spent(1e9, stopping.signal);
  stopping.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(limit.spent(0, stopping.signal), { name: 'AbortError' });
});
