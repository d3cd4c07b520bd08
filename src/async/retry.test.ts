import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, serverDelays } from './backoff.ts';
import { foregroundClock } from './clock.ts';
import { type Attempt, retry } from './retry.ts';

/** A pause of no length, so that nobody waits. */
class NoPause extends Backoff {
  pauses = 0;
  override next(): number {
    this.pauses += 1;
    return 0;
  }
}

function attempts(...outcomes: Attempt<string>[]): () => Promise<Attempt<string>> {
  return async () => outcomes.shift() ?? assert.fail('tried too often');
}

const again = (message: string) => ({ kind: 'again', message }) as const;

test('pauses double up to the longest, and begin anew after a reset', () => {
  const backoff = new Backoff();
  const first = Array.from({ length: 7 }, () => backoff.next());
  assert.deepEqual(first, [250, 500, 1000, 2000, 4000, 5000, 5000]);
  backoff.reset();
  assert.equal(backoff.next(), serverDelays.firstMs);
});

test('it tries until it works, and says each new reason once', async () => {
  const said: string[] = [];
  const backoff = new NoPause();
  const trying = attempts(again('no'), again('no'), again('still no'), { kind: 'done', value: 'yes' });
  const outcome = await retry(trying, {
    backoff,
    clock: foregroundClock,
    signal: new AbortController().signal,
    say: (text) => said.push(text),
  });
  assert.deepEqual(outcome, { kind: 'done', value: 'yes' });
  assert.deepEqual(said, ['no', 'still no']);
  assert.equal(backoff.pauses, 3);
});

test('a refusal is final', async () => {
  const refused = { kind: 'refused', message: 'never' } as const;
  const signal = new AbortController().signal;
  assert.deepEqual(
    await retry(attempts(refused), { backoff: new NoPause(), clock: foregroundClock, signal, say: assert.fail }),
    refused,
  );
});

test('the signal ends the trying, also in a pause', async () => {
  const stop = new AbortController();
  const outcome = retry(attempts(again('no')), {
    backoff: new Backoff(),
    clock: foregroundClock,
    signal: stop.signal,
    say: () => stop.abort(),
  });
  assert.equal(await outcome, undefined);
});
