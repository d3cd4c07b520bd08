/** Waiting for what comes about by itself, within bounds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listPeers } from './client.ts';
import type { PeerProgram, ServerProgram } from './processes.ts';

export interface Patience {
  readonly signal: AbortSignal;
  /** How long it may take. */
  readonly patienceMs: number;
}

const lookAgainMs = 20;

/** What `look` finds in the end: nothing, as soon as it finds nothing. Throws when `signal` is aborted. */
export async function untilNone({ signal, patienceMs }: Patience, look: () => Promise<string[]>): Promise<string[]> {
  const givenUpAt = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found.length === 0 || performance.now() > givenUpAt) return found;
    await sleep(lookAgainMs, undefined, { signal });
  }
}

/** Settles when all `peers` are online; those that do not come back are answered, a sentence each. */
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
