/** The rebuilding of the list from what holders can prove: when it is done, and what follows. */
import { CoalescedTask } from '../../async/coalesced-task.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { Ledger } from '../../storage/catalog/ledger.ts';
import { Rebuild } from '../../storage/catalog/rebuild.ts';
import type { PeerRegistry } from '../../storage/fifo/peer-registry.ts';
import type { TempHolder } from '../../storage/holders/temp-holder.ts';
import type { Replicator } from '../../storage/replication/replicator.ts';

interface Options {
  readonly ledger: Ledger;
  readonly log: Log;
  /** Whether it was asked for; with an empty ledger it is done anyway: a server that has lost its metadata. */
  readonly rebuild?: boolean;
}

/** The parts of the domain that it needs; those that do not exist yet are asked for when it runs. */
interface RebuildParts {
  readonly catalog: Catalog;
  readonly temp: TempHolder;
  readonly registry: () => PeerRegistry;
  readonly replicator: () => Replicator;
}

/** The task, which never fails; it does nothing where nothing is to be rebuilt. */
export function openRebuild({ ledger, log, rebuild = false }: Options, parts: RebuildParts): CoalescedTask {
  const { catalog, temp, registry, replicator } = parts;
  if (!rebuild && !ledger.empty) return new CoalescedTask(async () => {});
  const work = new Rebuild({
    catalog,
    ledger,
    holders: () => [temp, ...registry().online()],
    alone: (ids, step) => replicator().alone(ids, step),
    now: Date.now,
    log,
  });
  return new CoalescedTask(() =>
    work
      .run()
      // Peers have seen later metadata than a list that was just made anew of what they have.
      .then((whole) => (whole || rebuild ? ledger.acceptOlder() : undefined))
      .catch((error: unknown) => log.error('swarm', 'files could not be listed again', {}, error)),
  );
}
