/**
 * Time, handed to whoever waits, so that a test can let it pass by hand (`clock.testing.ts`).
 *
 * A class that does not wait itself but is told of time by its owner has a method `tick(ms)`: `ms` milliseconds have
 * passed.
 *
 * This folder is the toolbox for work that waits. Which tool is for what:
 *
 *     time         Clock, delay      timers that a test can turn by hand; a wait that a signal ends
 *                  Backoff           delays between tries, which double up to a cap
 *                  retry             tries until it works, with such delays
 *                  RateLimit         bytes per second that many share
 *     exclusion    Mutex             one step at a time
 *                  KeyedLock         one step at a time for each key
 *                  Semaphore         so many steps at a time, others wait
 *                  Gate              counts who is inside, and lets nobody in once it is shut
 *     grouping     CoalescedTask     one run for all who ask while another is under way
 *                  inParallel        the same work for many items, so many of them at a time
 *                  yieldEvery        a long loop that lets the event loop do other work
 *                  inSlices          a long computation in steps that does the same
 *     passing on   Channel           a queue of items whose senders wait when it is full
 *     giving up    unlessAborted     leaves work that cannot be ended when a signal comes
 */

/** A source of time. */
export interface Clock {
  /** Milliseconds from any origin, never set back. */
  now(): number;
  /** Calls `callback` once, `ms` from now. The function that is returned cancels that. */
  after(ms: number, callback: () => void): () => void;
  /** Calls `callback` every `ms`, the first time `ms` from now. The function that is returned ends that. */
  every(ms: number, callback: () => void): () => void;
}

/** The machine's own time. Its timers do not keep the process alive. */
export const systemClock: Clock = systemTime((timer) => timer.unref());

/** The machine's own time for a program that may have nothing to do but wait: its timers keep the process alive. */
export const foregroundClock: Clock = systemTime((timer) => timer);

function systemTime(adopt: (timer: NodeJS.Timeout) => NodeJS.Timeout): Clock {
  return {
    now: () => performance.now(),
    after: (ms, callback) => {
      const timer = adopt(setTimeout(callback, ms));
      return () => clearTimeout(timer);
    },
    every: (ms, callback) => {
      const timer = adopt(setInterval(callback, ms));
      return () => clearInterval(timer);
    },
  };
}

/** Settles when `ms` have passed by `clock`; rejects with the reason of `signal` when that is aborted before. */
export function delay(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
