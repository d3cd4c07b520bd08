/** Waiting, within bounds, for what comes about by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listPeers } from './client.ts';
import type { PeerProgram, ServerProgram } from './processes.ts';

export interface Patience {
  readonly signal: AbortSignal;
  /** The longest wait. */
  readonly patienceMs: number;
}

const lookAgainMs = 20;

/**
 * Looks again and again until `look` finds nothing, or the time is over; returns its last findings. Throws when
 * `signal` is aborted.
 */
export async function untilNone({ signal, patienceMs }: Patience, look: () => Promise<string[]>): Promise<string[]> {
  const givenUpAt = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found.length === 0 || performance.now() > givenUpAt) return found;
    await sleep(lookAgainMs, undefined, { signal });
  }
}

/** Settles when all `peers` are online; returns those that do not come back, a sentence each. */
export function untilPeersAreBack(
  server: ServerProgram,
  peers: readonly PeerProgram[],
  patience: Patience,
): Promise<string[]> {
  return untilNone(patience, async () => {
    const online = (await listPeers(server.url)).filter(({ state }) => state === 'online').map(({ id }) => id);
    return peers.filter(({ id }) => !online.includes(id)).map(({ id }) => `the peer ${id} does not come back`);
  });
}
