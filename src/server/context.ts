/** What handlers work with; put together in `server.ts`. */
import type { Log } from '../io/log.ts';
import type { Catalog } from '../swarm/catalog.ts';
import type { FetchContext } from '../swarm/fetch.ts';
import type { Intake } from '../swarm/intake.ts';
import type { Keeper } from '../swarm/keeper.ts';
import type { PeerRegistry } from '../swarm/peer-registry.ts';
import type { PieceTrees } from '../swarm/piece-trees.ts';
import type { TempHolder } from '../swarm/temp-holder.ts';
import type { SiteOf } from './site.ts';

/** The files and their holders. */
export interface DomainContext {
  readonly catalog: Catalog;
  readonly registry: PeerRegistry;
  readonly temp: TempHolder;
  readonly intake: Intake;
  readonly keeper: Keeper;
  readonly fetch: FetchContext;
  readonly trees: PieceTrees;
  /** What `/metrics` counts. */
  readonly counters: { corruptPieces: number };
  /** Relative `ipc-path`s are relative to it. */
  readonly root: string;
  readonly log: Log;
}

export interface ServerContext extends DomainContext {
  /** Where the client sees this server. */
  readonly siteOf: SiteOf;
}
