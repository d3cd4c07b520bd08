/**
 * Puts the domain together and brings it back to where it was before the last stop: the ledger's files are listed, the
 * temp store says what it has, the peers that are known are tried.
 */
import { join } from 'node:path';
import { systemClock } from '../../async/clock.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import { WireHolders } from '../../bittorrent/holders/holders.ts';
import { Seeding } from '../../bittorrent/holders/seeding.ts';
import { PieceCache } from '../../bittorrent/peers/piece-cache.ts';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Traces } from '../../bytes/trace.ts';
import { Directory } from '../../directory/directory.ts';
import { checkFifoDirectory } from '../../io/fifo/files.ts';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import type { Log } from '../../io/log.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { Ledger } from '../../storage/catalog/ledger.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { type FetchContext, WindowBudget } from '../../storage/fetch/fetch.ts';
import { PieceTrees } from '../../storage/fetch/piece-trees.ts';
import { openFifoHolder } from '../../storage/fifo/fifo-holder.ts';
import { PeerRegistry, type RegistryContext } from '../../storage/fifo/peer-registry.ts';
import { Absences } from '../../storage/holders/absences.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import { TempHolder } from '../../storage/holders/temp-holder.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import { Intake } from '../../storage/intake.ts';
import type { DistributionContext } from '../../storage/replication/distribution.ts';
import { Keeper } from '../../storage/replication/keeper.ts';
import type { Config } from '../config/config.ts';
import type { DomainContext } from '../context/context.ts';
import { Counters } from '../context/counters.ts';
import { openScrub } from './open-scrub.ts';
import { openTracker } from './open-tracker.ts';

/**
 * Bytes that all transfers together may have under way beyond the first piece of each. Four full windows: enough to
 * keep every disk and pipe of one machine busy, and a bound on memory however many clients there are.
 */
const sharedWindowBytes = 16 * 1024 * 1024;
/** Buffers kept for the next transfer: as many as the busiest moment needs. */
const idleBufferBytes = 16 * 1024 * 1024;

/** Pieces kept for wire peers: those of one swarm ask for the same ones at about the same time. */
const pieceCacheBytes = 16 * 1024 * 1024;

export interface Domain extends DomainContext {
  readonly ledger: Ledger;
  readonly store: PieceStore;
  readonly pieceCache: PieceCache;
  /** Ends what goes on in the background. */
  stop(): void;
  close(): Promise<void>;
}

export interface DomainOptions {
  readonly config: Config;
  readonly root: string;
  readonly log: Log;
  readonly traces?: Traces | undefined;
  /** Every way to the disk; replaced in tests of a failing one. */
  readonly calls?: FileCalls;
  /** How peers are reached: over FIFOs, unless it is said otherwise. */
  readonly reach?: Reach;
}

type Reach = Pick<RegistryContext, 'checkDirectory' | 'openSession'>;

export async function openDomain(options: DomainOptions): Promise<Domain> {
  const { config, log, calls = nodeFiles } = options;
  const ledger = await Ledger.open(config.paths.metadata, log, calls);
  let store: PieceStore | undefined;
  try {
    store = await PieceStore.open(join(config.paths.temp, 'pieces'), { log, calls });
    return await recover({ ...options, calls }, ledger, store);
  } catch (error) {
    await store?.close();
    await ledger.close();
    throw error;
  }
}

async function recover(
  options: DomainOptions & { readonly calls: FileCalls },
  ledger: Ledger,
  store: PieceStore,
): Promise<Domain> {
  const { config, root, log, calls, reach = overFifos(options) } = options;
  const now = Date.now;
  const catalog = new Catalog();
  for (const record of ledger.files) catalog.add(new TorrentEntry(record));
  const temp = new TempHolder(store);
  const absences = new Absences(config.repair_delay * 1000, now);
  const registry = new PeerRegistry({
    catalog,
    ledger,
    ...reach,
    onOnline: () => keeper.repairSoon(),
    absences,
    onMissed: () => keeper.repairSoon(),
    log,
    now,
  });
  const counters = new Counters();
  const wireHolders = new WireHolders(catalog);
  const transfers = new Transfers(now);
  const seeding = new Seeding({ transfers, holders: wireHolders, now });
  const fetch = fetchContext(options, {
    catalog,
    holders: { get: (id: PeerId) => (id === tempHolderId ? temp : (registry.get(id) ?? wireHolders.get(id))) },
    onLost: (how, holder, file) => {
      if (how === 'corrupt') counters.countCorrupt(holder);
      if (how === 'corrupt') wireHolders.dismiss(holder);
      keeper.mendSoon(file);
    },
  });
  const pieceCache = new PieceCache(pieceCacheBytes);
  const keeper = new Keeper({
    catalog,
    ledger,
    temp,
    distribution: distributionContext(options, { fetch, registry, transfers }),
    returning: () => absences.returning,
    rate: new RateLimit({ bytesPerSecond: config.repair_rate, clock: systemClock }),
    clock: systemClock,
    onRepaired: (copies) => {
      counters.repairedPieces += copies;
    },
    onMoved: (copies) => {
      counters.movedPieces += copies;
    },
    log,
  });
  const intake = new Intake({
    catalog,
    ledger,
    store,
    keeper,
    pool: fetch.pool,
    spoolDirectory: join(config.paths.temp, 'uploads'),
    pieceLength: config.piece_size,
    windowBytes: config.concurrency.upload_window_bytes,
    log,
    now,
    calls,
  });
  const trees = new PieceTrees({ catalog, ledger, fetch });
  await intake.open();
  await recoverTemp({ catalog, ledger, log }, temp);
  for (const { id, ipc_path } of config.peers) registry.expect(id as PeerId, ipc_path);
  for (const [id, path] of ledger.peers) registry.expect(id, path);
  const { scrubber, verification } = await openScrub({
    config,
    catalog,
    registry,
    temp,
    keeper,
    fetch,
    counters,
    calls,
  });
  scrubber.start();
  const { tracker, stop: stopTracker } = openTracker(config, catalog);
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    scrubber.stop();
    keeper.stop();
  };
  const close = async (): Promise<void> => {
    stopTracker();
    stop();
    registry.close();
    await scrubber.close();
    await keeper.idle();
    await trees.idle();
    await ledger.close();
    await store.close();
  };
  const domain = {
    catalog,
    registry,
    temp,
    intake,
    keeper,
    fetch,
    trees,
    scrubber,
    verification,
    tracker,
    counters,
    transfers,
    seeding,
    ledger,
    store,
  };
  const directory = new Directory();
  return { ...domain, directory, wireHolders, pieceCache, root, log, stopping: stopping.signal, stop, close };
}

function fetchContext(
  { config, log }: DomainOptions,
  parts: Pick<FetchContext, 'catalog' | 'holders' | 'onLost'>,
): FetchContext {
  return {
    ...parts,
    pool: new BufferPool(idleBufferBytes),
    budget: new WindowBudget(sharedWindowBytes),
    windowBytes: config.concurrency.download_window_bytes,
    log,
    random: Math.random,
  };
}

function distributionContext(
  { config, log }: DomainOptions,
  { registry, ...parts }: Pick<Domain, 'fetch' | 'registry' | 'transfers'>,
): DistributionContext {
  const { replicas, concurrency } = config;
  return { ...parts, targets: () => registry.online(), replicas, windowBytes: concurrency.upload_window_bytes, log };
}

function overFifos({ config, log, traces }: DomainOptions): Reach {
  const trace = traces?.ipc;
  return {
    checkDirectory: (directory) => checkFifoDirectory(directory, config.ipc_roots),
    openSession: (id, directory, onClose) =>
      openFifoHolder({
        id,
        directory,
        onClose,
        log,
        random: Math.random,
        trace: trace && ((line) => trace(line, id)),
      }),
  };
}

/**
 * The temp store is a holder like any other: it is told to drop what was removed, or never quite came in. Files of
 * which the ledger knows nothing are left alone: it may have been damaged.
 */
async function recoverTemp(
  { catalog, ledger, log }: Pick<RegistryContext, 'catalog' | 'ledger' | 'log'>,
  temp: TempHolder,
): Promise<void> {
  const held = await temp.list();
  ledger.listed(tempHolderId, new Set(held.map(({ file }) => file)));
  const lent = new Set<TorrentId>(held.filter(({ shared }) => shared).map(({ file }) => file));
  for (const file of catalog.setHoldings(tempHolderId, held)) {
    if (lent.has(file)) continue;
    if (!ledger.wasRemoved(file)) {
      log.warn('swarm', 'the temp store has a file that is not listed here', { file });
      continue;
    }
    log.info('swarm', 'cleared away what was removed, or never came in whole', { file });
    await temp.drop(file);
    ledger.dropped(file, tempHolderId);
  }
}
