/**
 * Keeps the server informed of what a node has. A server that knows a node of a file is connected to it, sees which
 * pieces it has, and shows them. Where it is not, it may have been started anew and have forgotten the node: the node
 * announces itself again, whatever interval the server gave it before.
 */
import { systemClock } from '../async/clock.ts';
import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import type { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import { claimsToBe } from '../bittorrent/peers/peer-id.ts';

const lookMs = 2_000;
/** The longest pause between two announces that change nothing. */
const pauseMsMax = 60_000;

interface Pause {
  msLeft: number;
  nextMs: number;
}

/** Looks every few seconds, until what it answers is called. */
export function keepKnown(client: Pick<SwarmClient, 'announceAnyway'>, torrents: () => ClientTorrent[]): () => void {
  const pauses = new WeakMap<ClientTorrent, Pause>();
  return systemClock.every(lookMs, () => {
    for (const torrent of torrents()) if (isDue(torrent, pauses)) client.announceAnyway(torrent);
  });
}

function isDue(torrent: ClientTorrent, pauses: WeakMap<ClientTorrent, Pause>): boolean {
  if ([...torrent.connections].some(({ peerId }) => claimsToBe(peerId, 'server'))) {
    pauses.delete(torrent);
    return false;
  }
  const pause = pauses.get(torrent) ?? { msLeft: lookMs, nextMs: lookMs };
  pause.msLeft -= lookMs;
  pauses.set(torrent, pause);
  if (pause.msLeft > 0) return false;
  pause.nextMs = Math.min(2 * pause.nextMs, pauseMsMax);
  pause.msLeft = pause.nextMs;
  return true;
}
