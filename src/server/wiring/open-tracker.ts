/** Puts the tracker together with the files that it is for, and lets time pass for it. */

import { Tracker } from '../../bittorrent/tracker/tracker.ts';
import { isLoopbackHost } from '../../bytes/ip.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { Config } from '../config/config.ts';

/** How often it looks for peers that are gone. */
const sweepMs = 1_000;

export interface OpenTracker {
  readonly tracker: Tracker;
  stop(): void;
}

/** Tracks the files of `catalog`, by the hash of their v1 or v2 torrent; others too where the configuration says so. */
export function openTracker({ tracker: { open }, http }: Config, catalog: Catalog): OpenTracker {
  const tracker = new Tracker({
    open: open ?? isLoopbackHost(http.host),
    isListed: (infoHash) => catalog.byInfoHash(infoHash) !== undefined,
    now: () => performance.now(),
    random: Math.random,
  });
  const sweeping = setInterval(() => tracker.sweep(), sweepMs);
  return { tracker, stop: () => clearInterval(sweeping) };
}
