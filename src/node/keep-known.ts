/**
 * Keeps the server informed of what a node has. A server that knows a node of a file is connected to it, sees which
 * pieces it has, and shows them. A server that is not connected may have been restarted and have forgotten the node:
 * then the node announces itself again, with a back-off, whatever interval the server gave it before.
 */
import { Backoff, type BackoffDelays } from '../async/backoff.ts';
import { type Clock, systemClock } from '../async/clock.ts';
import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import type { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import { claimsToBe } from '../bittorrent/peers/peer-id.ts';

/** The time between two looks at the connections, and so the delay before the first announce. */
const lookMs = 2_000;
/** The delays between announces that change nothing. */
const announceDelays: BackoffDelays = { firstMs: 2 * lookMs, lastMs: 60_000 };

/** The time until the next announce of a torrent whose server is not connected. */
interface Pause {
  readonly backoff: Backoff;
  msLeft: number;
}

/** Looks at all torrents every few seconds. The function that is returned ends that. */
export function keepKnown(
  client: Pick<SwarmClient, 'announceAnyway'>,
  torrents: () => ClientTorrent[],
  clock: Pick<Clock, 'every'> = systemClock,
): () => void {
  const pauses = new WeakMap<ClientTorrent, Pause>();
  return clock.every(lookMs, () => {
    for (const torrent of torrents()) if (isDue(torrent, pauses)) client.announceAnyway(torrent);
  });
}

function isDue(torrent: ClientTorrent, pauses: WeakMap<ClientTorrent, Pause>): boolean {
  if ([...torrent.connections].some(({ peerId }) => claimsToBe(peerId, 'server'))) {
    pauses.delete(torrent);
    return false;
  }
  const pause = pauses.get(torrent) ?? { backoff: new Backoff(announceDelays), msLeft: lookMs };
  pause.msLeft -= lookMs;
  pauses.set(torrent, pause);
  if (pause.msLeft > 0) return false;
  pause.msLeft = pause.backoff.next();
  return true;
}
