/** Time as those see it who wait: handed to them, so that a test can let it pass. */
export interface Clock {
  /** Milliseconds from any origin, never set back. */
  now(): number;
  /** Calls back once, `ms` from now, unless the function that it answers is called before. */
  after(ms: number, callback: () => void): () => void;
}

/** Who waits on it does not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
