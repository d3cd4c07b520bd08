/** SIGTERM and SIGINT: the first one asks for an orderly end, the second one ends the process on the spot. */
import { constants } from 'node:os';

export interface StopSignals {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** Settles with the first, as the exit status by which a shell tells that a signal ended a process. */
  readonly asked: Promise<number>;
  /** Gives the signals back to the system. */
  release(): void;
}

export function catchStopSignals(): StopSignals {
  const stop = new AbortController();
  let settle: (status: number) => void;
  const asked = new Promise<number>((resolve) => {
    settle = resolve;
  });
  const onSignal = (name: 'SIGTERM' | 'SIGINT'): void => {
    const status = 128 + constants.signals[name];
    if (stop.signal.aborted) process.exit(status);
    stop.abort();
    settle(status);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: stop.signal,
    asked,
    release() {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}
