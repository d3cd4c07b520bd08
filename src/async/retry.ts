/** Trying something until it works, ever less often, and telling a person what keeps it from working. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Backoff } from './backoff.ts';

/** How a try went: done, to be tried again, or pointless. `message` is for a person. */
export type Attempt<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'again'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

export interface RetryOptions {
  readonly backoff: Backoff;
  /** Ends the trying. */
  readonly signal: AbortSignal;
  /** Gets each reason to wait that differs from the one before. */
  readonly say: (message: string) => void;
}

/** Tries until the outcome is 'done' or 'refused'; undefined when `signal` came first. */
export async function retry<Value>(
  attempt: () => Promise<Attempt<Value>>,
  { backoff, signal, say }: RetryOptions,
): Promise<Exclude<Attempt<Value>, { kind: 'again' }> | undefined> {
  let said = '';
  while (!signal.aborted) {
    const outcome = await attempt();
    if (outcome.kind !== 'again') return outcome;
    if (outcome.message !== said) say(outcome.message);
    said = outcome.message;
    await sleep(backoff.next(), signal);
  }
  return undefined;
}

/** Settles after `ms`, or when `signal` comes. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {}); // it fails for no other reason than the signal
}
