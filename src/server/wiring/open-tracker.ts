/** Puts the tracker together with the files that it is for, and has it look for peers that are gone. */

import { type Clock, systemClock } from '../../async/clock.ts';
import { Tracker } from '../../bittorrent/tracker/tracker.ts';
import { isLoopbackHost } from '../../bytes/ip.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { Config } from '../config/config.ts';

/** The interval at which the tracker looks for peers that are gone. */
const sweepMs = 1_000;

export interface OpenTracker {
  readonly tracker: Tracker;
  stop(): void;
}

/** Tracks the files of `catalog`, by the hash of their v1 or v2 torrent; others too where the configuration says so. */
export function openTracker(
  { tracker: { open }, http }: Config,
  catalog: Catalog,
  clock: Clock = systemClock,
): OpenTracker {
  const tracker = new Tracker({
    open: open ?? isLoopbackHost(http.host),
    isListed: (infoHash) => catalog.byInfoHash(infoHash) !== undefined,
    now: () => clock.now(),
    random: Math.random,
  });
  return { tracker, stop: clock.every(sweepMs, () => tracker.sweep()) };
}
