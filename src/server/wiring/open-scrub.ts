/** Assembles the verification of the copies that holders have: the scrub in the background, and the one at once. */
import { join } from 'node:path';
import type { Clock } from '../../async/clock.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import type { FileCalls } from '../../io/files/calls.ts';
import type { Log } from '../../io/log.ts';
import type { FetchContext } from '../../storage/fetch/fetch.ts';
import type { PeerRegistry } from '../../storage/fifo/peer-registry.ts';
import type { TempHolder } from '../../storage/holders/temp-holder.ts';
import type { Replicator } from '../../storage/replication/replicator.ts';
import { CopyVerifier } from '../../storage/scrub/copy-verifier.ts';
import { ScrubState } from '../../storage/scrub/scrub-state.ts';
import { Scrubber } from '../../storage/scrub/scrubber.ts';
import type { VerificationContext } from '../../storage/scrub/verification.ts';
import type { Config } from '../config/config.ts';
import type { ServerContext } from '../context/context.ts';
import type { Counters } from '../context/counters.ts';

/** The limit of the scrub in bytes per second: a tenth of what a slow disk reads, so that downloads hardly notice. */
const scrubRateMax = 16 * 1024 * 1024;
const dayMs = 24 * 60 * 60 * 1000;

/** The collaborators of the scrub, and the configuration. */
export interface ScrubParts {
  readonly config: Config;
  readonly catalog: ServerContext['catalog'];
  readonly registry: PeerRegistry;
  readonly temp: TempHolder;
  readonly replicator: Replicator;
  readonly fetch: FetchContext;
  readonly counters: Counters;
  readonly calls: FileCalls;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads the state of the scrub, which is not started yet. */
export async function openScrub(
  parts: ScrubParts,
): Promise<{ readonly scrubber: Scrubber; readonly verification: VerificationContext }> {
  const { config, catalog, registry, temp, replicator, fetch, counters, calls, clock, log } = parts;
  const verifier = new CopyVerifier(catalog, fetch.lostCopies, (bytes) => {
    counters.scrubbedPieces += 1;
    counters.scrubbedBytes += bytes;
  });
  const holders = () => [temp, ...registry.online()];
  const scrubber = await Scrubber.open({
    catalog,
    verifier,
    holders,
    periodMs: config.scrub_days * dayMs,
    rate: new RateLimit({ bytesPerSecond: scrubRateMax, clock }),
    state: new ScrubState(join(config.paths.metadata, 'scrub.json'), log, calls),
    now: Date.now,
    clock,
    log,
  });
  const verification: VerificationContext = {
    catalog,
    verifier,
    holders,
    log,
    repair: (entry) => replicator.repair(entry),
    replicas: config.replicas,
    windowBytes: config.concurrency.download_window_bytes,
  };
  return { scrubber, verification };
}
