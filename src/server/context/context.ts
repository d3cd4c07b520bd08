/** The ground of the server: everything that handlers are given. Put together in `server.ts`. */

import type { Clock } from '../../async/clock.ts';
import type { WireHolders } from '../../bittorrent/holders/holders.ts';
import type { Seeding } from '../../bittorrent/holders/seeding.ts';
import type { Tracker } from '../../bittorrent/tracker/tracker.ts';
import type { Traces } from '../../bytes/trace.ts';
import type { Directory } from '../../directory/directory.ts';
import type { HttpRequest } from '../../http/handler.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { Ledger } from '../../storage/catalog/ledger.ts';
import type { FetchContext } from '../../storage/fetch/fetch.ts';
import type { PieceTrees } from '../../storage/fetch/piece-trees.ts';
import type { PeerRegistry } from '../../storage/fifo/peer-registry.ts';
import type { TempHolder } from '../../storage/holders/temp-holder.ts';
import type { Transfers } from '../../storage/holders/transfers.ts';
import type { Intake } from '../../storage/intake.ts';
import type { Replicator } from '../../storage/replication/replicator.ts';
import type { Scrubber } from '../../storage/scrub/scrubber.ts';
import type { VerificationContext } from '../../storage/scrub/verification.ts';
import type { Counters } from './counters.ts';
import type { SiteOf } from './site.ts';

/** The torrents, their holders, and everything that works on them. */
export interface DomainContext {
  readonly catalog: Catalog;
  readonly ledger: Pick<Ledger, 'older' | 'check'>;
  readonly registry: PeerRegistry;
  readonly temp: TempHolder;
  readonly intake: Intake;
  readonly replicator: Replicator;
  readonly fetch: FetchContext;
  readonly tracker: Tracker;
  readonly trees: PieceTrees;
  readonly wireHolders: WireHolders;
  readonly scrubber: Scrubber;
  readonly verification: VerificationContext;
  readonly counters: Counters;
  /** The transfers under way. */
  readonly transfers: Transfers;
  /** The wire's transfers, to be brought up to date before somebody reads `transfers`. */
  readonly seeding: Seeding;
  /** The users who share files from their own machines. */
  readonly directory: Directory;
  /** Aborted when the server begins to stop: work that nobody needs to see finished ends then. */
  readonly stopping: AbortSignal;
  /** The folder that relative `ipc-path`s start from. */
  readonly root: string;
  readonly log: Log;
}

/** The domain, as the HTTP handlers see it. */
export interface ServerContext extends DomainContext {
  readonly clock: Clock;
  /** The addresses under which the client sees this server. */
  readonly siteOf: SiteOf;
  /** Whether a request may see more than a stranger: paths of this machine. */
  readonly trusts: (request: HttpRequest) => boolean;
  readonly traces?: Traces | undefined;
}
