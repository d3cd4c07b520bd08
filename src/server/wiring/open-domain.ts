/**
 * Assembles the domain and recovers the state that it had before the last stop: the ledger's files are listed, the temp
 * store says what it has, the peers that are known are tried.
 */
import { join, relative, resolve } from 'node:path';
import { type Clock, systemClock } from '../../async/clock.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import { WireHolders } from '../../bittorrent/holders/holders.ts';
import { Seeding } from '../../bittorrent/holders/seeding.ts';
import { PieceCache } from '../../bittorrent/peers/piece-cache.ts';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Traces } from '../../bytes/trace.ts';
import { Directory } from '../../directory/directory.ts';
import { checkFifoDirectory, realDirectory } from '../../io/fifo/files.ts';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import type { Log } from '../../io/log.ts';
import { asideTickMs } from '../../io/pieces/aside/asides.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { Ledger } from '../../storage/catalog/ledger.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { type FetchContext, WindowBudget } from '../../storage/fetch/fetch.ts';
import { LostCopies, type OnLost } from '../../storage/fetch/lost-copies.ts';
import { PieceTrees } from '../../storage/fetch/piece-trees.ts';
import { openFifoHolder } from '../../storage/fifo/fifo-holder.ts';
import { PassingPeers } from '../../storage/fifo/passing-peers.ts';
import { shownFiles } from '../../storage/fifo/peer-lists.ts';
import { type ConfiguredPeer, PeerRegistry, type RegistryContext } from '../../storage/fifo/peer-registry.ts';
import { DownPeers } from '../../storage/holders/down-peers.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import { TempHolder } from '../../storage/holders/temp-holder.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import { Intake } from '../../storage/intake.ts';
import type { DistributionContext } from '../../storage/replication/distribution.ts';
import { Replicator } from '../../storage/replication/replicator.ts';
import type { Config } from '../config/config.ts';
import type { DomainContext } from '../context/context.ts';
import { Counters } from '../context/counters.ts';
import { openRebuild } from './open-rebuild.ts';
import { openScrub } from './open-scrub.ts';
import { openTracker } from './open-tracker.ts';

/**
 * The number of bytes that all transfers together may have under way beyond the first piece of each. Four windows are
 * enough to keep every disk and pipe of one machine busy, and a bound on memory however many clients there are.
 */
const sharedWindowBytes = 16 * 1024 * 1024;
/** The bytes of idle buffers that are kept for the next transfer: as many as the busiest moment needs. */
const idleBufferBytes = 16 * 1024 * 1024;

/**
 * The bytes of pieces that are kept for wire peers: those of one torrent ask for the same ones at about the same time.
 */
const pieceCacheBytes = 16 * 1024 * 1024;

/** The domain, and what the wiring needs besides to run and to end it. */
export interface Domain extends DomainContext {
  readonly ledger: Ledger;
  readonly store: PieceStore;
  readonly pieceCache: PieceCache;
  /** Ends the work in the background. */
  stop(): void;
  close(): Promise<void>;
}

export interface DomainOptions {
  readonly config: Config;
  readonly root: string;
  readonly log: Log;
  readonly traces?: Traces | undefined;
  /** Whether to go on with metadata that was found to be older than what peers have seen. */
  readonly acceptOlderMetadata?: boolean | undefined;
  /** Every way to the disk; replaced in tests of a failing one. */
  readonly calls?: FileCalls;
  /** The way to reach peers: over FIFOs, unless it is said otherwise. */
  readonly reach?: Reach;
  /** Whether files are listed again that holders can prove and the ledger does not know. */
  readonly rebuild?: boolean;
}

type Reach = Pick<RegistryContext, 'checkDirectory' | 'openSession'>;

/** The options with their defaults, and the stores that are open. */
interface Parts extends DomainOptions {
  readonly calls: FileCalls;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly store: PieceStore;
}

export async function openDomain(options: DomainOptions): Promise<Domain> {
  const { config, log, calls = nodeFiles } = options;
  const ledger = await Ledger.open(config.paths.metadata, log, calls);
  let store: PieceStore | undefined;
  try {
    if (options.acceptOlderMetadata) await ledger.acceptOlder();
    const aside = { delayMs: config.drop_delay * 1000, now: Date.now };
    store = await PieceStore.open(join(config.paths.temp, 'pieces'), { log, calls, aside });
    return await openWithStores({ ...options, calls, clock: systemClock, ledger, store });
  } catch (error) {
    await store?.close();
    await ledger.close();
    throw error;
  }
}

async function openWithStores(parts: Parts): Promise<Domain> {
  const { config, root, log, calls, clock, ledger, store } = parts;
  const storage = assembleStorage(parts);
  const { catalog, registry, temp, replicator, fetch, counters, trees } = storage;
  await storage.intake.open();
  await storage.rebuilds.run();
  await recoverTemp({ catalog, ledger, log }, temp);
  await expectPeers(parts, registry);
  const scrub = await openScrub({ config, catalog, registry, temp, replicator, fetch, counters, calls, clock, log });
  registry.onForgotten((id) => {
    counters.forget(id);
    scrub.scrubber.forget(id);
  });
  scrub.scrubber.start();
  const { tracker, stop: stopTracker } = openTracker(config, catalog);
  const stopping = new AbortController();
  const stopAsides = clock.every(asideTickMs, () => void store.asides.tick());
  const stop = (): void => {
    stopping.abort();
    scrub.scrubber.stop();
    replicator.stop();
  };
  const close = async (): Promise<void> => {
    stopTracker();
    stopAsides();
    stop();
    registry.close();
    await scrub.scrubber.close();
    await storage.rebuilds.idle();
    await replicator.idle();
    await trees.idle();
    await ledger.close();
    await store.close();
  };
  const directory = new Directory();
  return { ...storage, ...scrub, tracker, directory, root, log, stopping: stopping.signal, stop, close };
}

/** The parts of the domain that keep, fetch and replicate files, with the files of the ledger listed. */
function assembleStorage(parts: Parts) {
  const { config, root, log, calls, clock, ledger, store } = parts;
  const now = Date.now;
  const catalog = new Catalog();
  for (const record of ledger.files) catalog.add(new TorrentEntry(record));
  const temp = new TempHolder(store);
  const downPeers = new DownPeers(config.repair_delay * 1000, clock);
  const passingPeers = new PassingPeers(config.repair_delay * 1000);
  const repairAllSoon = (): void => replicator.repairAllSoon();
  const reach = parts.reach ?? overFifos(parts);
  const rebuilds = openRebuild(parts, { catalog, temp, registry: () => registry, replicator: () => replicator });
  const callbacks = { onOnline: () => void rebuilds.run().then(repairAllSoon), onOut: repairAllSoon };
  const peers = { downPeers, passingPeers, realDirectory, rememberedPath: pathWithin(root) };
  const registry = new PeerRegistry({ catalog, ledger, ...reach, ...callbacks, ...peers, log, clock, now });
  const counters = new Counters();
  const wireHolders = new WireHolders();
  const transfers = new Transfers(now);
  const seeding = new Seeding({ transfers, holders: wireHolders, now });
  const holders = { get: (id: PeerId) => (id === tempHolderId ? temp : (registry.get(id) ?? wireHolders.get(id))) };
  const fetch = fetchContext(parts, holders, (how, holder, file) => {
    if (how === 'corrupt') counters.countCorrupt(holder);
    if (how === 'corrupt') wireHolders.dismiss(holder);
    replicator.repairSoon(file);
  });
  const pieceCache = new PieceCache(pieceCacheBytes);
  const replicator = new Replicator({
    catalog,
    ledger,
    temp,
    distribution: distributionContext(parts, { fetch, registry, transfers, catalog }),
    down: () => downPeers.down,
    rate: new RateLimit({ bytesPerSecond: config.repair_rate, clock }),
    onRepaired: (copies) => (counters.repairedPieces += copies),
    onMoved: (copies) => (counters.movedPieces += copies),
    clock,
    log,
  });
  const intake = new Intake({
    catalog,
    ledger,
    store,
    replicator,
    pool: fetch.pool,
    spoolDirectory: join(config.paths.temp, 'uploads'),
    pieceLength: config.piece_size,
    windowBytes: config.concurrency.upload_window_bytes,
    log,
    now,
    calls,
  });
  const trees = new PieceTrees({ catalog, ledger, fetch });
  const domain = { rebuilds, catalog, registry, temp, intake, replicator, fetch, trees, counters, transfers, seeding };
  return { ...domain, ledger, store, wireHolders, pieceCache };
}

function fetchContext({ config, log }: Parts, holders: FetchContext['holders'], onLost: OnLost): FetchContext {
  return {
    holders,
    lostCopies: new LostCopies(log, onLost),
    pool: new BufferPool(idleBufferBytes),
    budget: new WindowBudget(sharedWindowBytes),
    windowBytes: config.concurrency.download_window_bytes,
    random: Math.random,
  };
}

function distributionContext(
  { config, log }: Parts,
  { registry, catalog, ...others }: Pick<Domain, 'fetch' | 'registry' | 'transfers' | 'catalog'>,
): DistributionContext {
  const { replicas, concurrency } = config;
  const isSick = (id: PeerId): boolean => catalog.unreadableAt(id) > 0;
  const targets = () => registry.online();
  return { ...others, targets, isSick, replicas, windowBytes: concurrency.upload_window_bytes, log };
}

function overFifos({ config, log, traces, ledger }: Parts): Reach {
  const trace = traces?.ipc;
  return {
    checkDirectory: (directory) => checkFifoDirectory(directory, config.ipc_roots),
    openSession: (id, directory, onClose) =>
      openFifoHolder({
        id,
        directory,
        onClose,
        epochs: ledger,
        log,
        random: Math.random,
        trace: trace && ((line) => trace(line, id)),
      }),
  };
}

/** The peers that the configuration names. */
export function configuredPeers({ peers }: Config): ConfiguredPeer[] {
  return peers.map(({ id, ipc_path }) => ({ id: id as PeerId, directory: ipc_path }));
}

/** Has the registry try the peers of the configuration, and those that were known before the last stop. */
async function expectPeers({ config, root, ledger }: Parts, registry: PeerRegistry): Promise<void> {
  const realRoot = await realDirectory(root);
  registry.configure(configuredPeers(config));
  for (const [id, path] of ledger.peers) registry.expect(id, resolve(realRoot, path));
}

/** Makes paths inside the folder `root` relative to it, and leaves others as they are. */
function pathWithin(root: string): (path: string) => Promise<string> {
  return async (path) => {
    const way = relative(await realDirectory(root), path);
    return way === '' || way.startsWith('..') ? path : way;
  };
}

/**
 * Tells the catalog what the temp store has, and the temp store, a holder like any other, to drop what was removed, or
 * never came in completely. Files of which the ledger knows nothing are left alone: it may have been damaged.
 */
async function recoverTemp(
  { catalog, ledger, log }: Pick<RegistryContext, 'catalog' | 'ledger' | 'log'>,
  temp: TempHolder,
): Promise<void> {
  if (temp.asideFiles > 0) for (const { record } of catalog.entries()) await temp.restore(record.id);
  const held = await temp.list();
  ledger.listed(tempHolderId, new Set(held.map(({ file }) => file)));
  const lent = new Set<TorrentId>(held.filter(({ shared }) => shared).map(({ file }) => file));
  const unlisted: TorrentId[] = [];
  for (const file of catalog.setHoldings(tempHolderId, held)) {
    if (lent.has(file)) continue;
    if (!ledger.wasRemoved(file)) {
      unlisted.push(file);
      continue;
    }
    log.info('swarm', 'cleared away what was removed, or never came in whole', { file });
    await temp.drop(file);
    ledger.dropped(file, tempHolderId);
  }
  if (unlisted.length > 0) log.warn('swarm', 'the temp store has files that are not listed here', shownFiles(unlisted));
}
