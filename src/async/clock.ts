/**
 * Time, handed to whoever waits, so that a test can let it pass by hand (`clock.testing.ts`).
 *
 * What is told of time by its owner, instead of waiting itself, has a method `tick(ms)`: `ms` milliseconds have passed.
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
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

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
