/** Tries something until it works, ever less often, and tells a person what keeps it from working. */
import type { Backoff } from './backoff.ts';
import { type Clock, delay } from './clock.ts';

/** The outcome of one try: done, to be tried again, or pointless. `message` is for a person. */
export type Attempt<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'again'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

export interface RetryOptions {
  readonly backoff: Backoff;
  readonly clock: Pick<Clock, 'after'>;
  /** Ends the trying. */
  readonly signal: AbortSignal;
  /** Gets each reason to wait that differs from the one before. */
  readonly say: (message: string) => void;
}

/** Tries until the outcome is 'done' or 'refused'; undefined when `signal` came first. */
export async function retry<Value>(
  attempt: () => Promise<Attempt<Value>>,
  { backoff, clock, signal, say }: RetryOptions,
): Promise<Exclude<Attempt<Value>, { kind: 'again' }> | undefined> {
  let said = '';
  while (!signal.aborted) {
    const outcome = await attempt();
    if (outcome.kind !== 'again') return outcome;
    if (outcome.message !== said) say(outcome.message);
    said = outcome.message;
    await pause(clock, backoff.next(), signal);
  }
  return undefined;
}

/** Settles when `ms` have passed, or when `signal` is aborted. */
export async function pause(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  await delay(clock, ms, signal).catch(() => {}); // it fails for no other reason than the signal
}
