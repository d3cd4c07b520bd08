/** SIGTERM and SIGINT: the first one asks for an orderly end, the second one ends the process on the spot. */
import { constants } from 'node:os';

export interface StopSignals {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** Gives the signals back to the system. */
  release(): void;
}

export function catchStopSignals(): StopSignals {
  const stop = new AbortController();
  const onSignal = (name: 'SIGTERM' | 'SIGINT'): void => {
    // The exit status by which a shell tells that a signal ended the process.
    if (stop.signal.aborted) process.exit(128 + constants.signals[name]);
    stop.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: stop.signal,
    release() {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}
