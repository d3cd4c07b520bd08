/** SIGTERM and SIGINT: the first one asks for an orderly end, the second one ends the process on the spot. */
import { constants } from 'node:os';

/** The handling of both signals. */
export interface StopSignals {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Settles with the first signal, as the exit status that shells give to a process that a signal ended. */
  readonly asked: Promise<number>;
  /** Ends the handling: the signals have their default effect again. */
  release(): void;
}

/** Begins to handle SIGTERM and SIGINT. */
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
