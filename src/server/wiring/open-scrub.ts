/** Puts together what looks after the copies that holders have: the scrub in the background, and the one at once. */
import { join } from 'node:path';
import { systemClock } from '../../async/clock.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import type { FileCalls } from '../../io/files/calls.ts';
import type { FetchContext } from '../../storage/fetch/fetch.ts';
import type { PeerRegistry } from '../../storage/fifo/peer-registry.ts';
import type { TempHolder } from '../../storage/holders/temp-holder.ts';
import type { Replicator } from '../../storage/replication/replicator.ts';
import { ScrubState } from '../../storage/scrub/scrub-state.ts';
import { Scrubber } from '../../storage/scrub/scrubber.ts';
import type { VerificationContext } from '../../storage/scrub/verification.ts';
import type { VerifyContext } from '../../storage/scrub/verify-copy.ts';
import type { Config } from '../config/config.ts';
import type { ServerContext } from '../context/context.ts';
import type { Counters } from '../context/counters.ts';

/** Bytes per second: a tenth of what a slow disk reads, so that downloads hardly notice. */
const scrubRateMax = 16 * 1024 * 1024;
const dayMs = 24 * 60 * 60 * 1000;

export interface ScrubParts {
  readonly config: Config;
  readonly catalog: ServerContext['catalog'];
  readonly registry: PeerRegistry;
  readonly temp: TempHolder;
  readonly replicator: Replicator;
  readonly fetch: FetchContext;
  readonly counters: Counters;
  readonly calls: FileCalls;
}

export async function openScrub(
  parts: ScrubParts,
): Promise<{ readonly scrubber: Scrubber; readonly verification: VerificationContext }> {
  const { config, catalog, registry, temp, replicator, counters, calls } = parts;
  const { log, onLost } = parts.fetch;
  const verify: VerifyContext = {
    catalog,
    log,
    onLost,
    holders: () => [temp, ...registry.online()],
    onLooked: (bytes) => {
      counters.scrubbedPieces += 1;
      counters.scrubbedBytes += bytes;
    },
  };
  const scrubber = await Scrubber.open({
    ...verify,
    periodMs: config.scrub_days * dayMs,
    rate: new RateLimit({ bytesPerSecond: scrubRateMax, clock: systemClock }),
    state: new ScrubState(join(config.paths.metadata, 'scrub.json'), log, calls),
    now: Date.now,
    clock: systemClock,
  });
  const verification: VerificationContext = {
    ...verify,
    repair: (entry) => replicator.repair(entry),
    replicas: config.replicas,
    windowBytes: config.concurrency.download_window_bytes,
  };
  return { scrubber, verification };
}
