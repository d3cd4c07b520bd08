/**
 * The memory of the tracker: the peers that announced each torrent, and those that others are told of. It knows nothing
 * of HTTP, UDP or sockets; random numbers and time come from its context. Pure.
 *
 *     tracker.announce(request, { address, localAddress })    { interval, seeders, leechers, ipv4, ipv6 }
 *     tracker.scrape(infoHash, localAddress)                  { seeders, completed, leechers }
 *     tracker.sweep()                                         once a second: removes peers that are not heard of
 *
 * A peer is its address and port: announcing again makes no second one. Nothing survives a restart, since everybody
 * announces again within half an hour.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import { type IpAddress, isSameIp } from '../../bytes/ip.ts';
import { TrackerError } from '../../protocols/tracker/errors.ts';
import {
  type AnnounceRequest,
  type AnnounceResponse,
  announceTimes,
  canBeHandedOut,
  type SwarmCounts,
} from '../../protocols/tracker/types.ts';
import { createEndpointHash, type EndpointHash } from './endpoint-hash.ts';
import { noPeers, type TrackedPeer } from './peer-list.ts';
import { type PeerTable, tickSeconds } from './peer-table.ts';
import { Picks } from './picks.ts';
import { TrackedSwarm } from './swarm.ts';

export type { TrackedPeer };

/** The two ends of an announce. */
export interface TrackerClient {
  readonly address: IpAddress;
  /** The address of ours that the announce reached. */
  readonly localAddress: IpAddress;
}

export interface TrackerContext {
  /** Whether torrents are tracked that the server does not list. */
  readonly open: boolean;
  readonly isListed: (infoHash: TorrentId) => boolean;
  /** Milliseconds, on a clock that is never set back. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Differences from `trackerBounds`. */
  readonly bounds?: Partial<typeof trackerBounds>;
}

export const trackerBounds: { readonly [Name in 'swarms' | 'peers' | 'peersPerSwarm' | 'sweptPeers']: number } = {
  /** Swarms: about 2 KB each while they are small, 200 MB. */
  swarms: 100_000,
  /** Peers: about 100 bytes each in swarms of a hundred, less in larger ones, 200 MB. */
  peers: 2_000_000,
  /** Peers of one swarm: one torrent cannot take all. */
  peersPerSwarm: 500_000,
  /** Peers that one sweep looks at: a millisecond or two, and all of them in under four minutes. */
  sweptPeers: 10_000,
};

/** The time without an announce after which a peer is gone: one that missed a single announce may still be there. */
const peerLifeTicks = (2 * announceTimes.interval * (1 + announceTimes.spread)) / tickSeconds;

/** The server's own seeder of a torrent, for a client that reached us at `localAddress`; undefined when it has none. */
export type OwnPeer = (infoHash: TorrentId, localAddress: IpAddress) => TrackedPeer | undefined;

export class Tracker {
  /** The server itself as a peer, set once it listens: handed out like the others, and not stored. */
  ownPeer: OwnPeer = () => undefined;
  readonly #context: TrackerContext;
  readonly #bounds: typeof trackerBounds;
  readonly #hash: EndpointHash;
  readonly #picks: Picks;
  readonly #swarms = new Map<TorrentId, TrackedSwarm>();
  #unswept: Iterator<TrackedSwarm> = this.#swarms.values();
  #peers = 0;

  constructor(context: TrackerContext) {
    this.#context = context;
    this.#bounds = { ...trackerBounds, ...context.bounds };
    this.#hash = createEndpointHash(context.random);
    this.#picks = new Picks(context.random);
  }

  get swarmCount(): number {
    return this.#swarms.size;
  }

  get peerCount(): number {
    return this.#peers;
  }

  /** Notes what the client says of itself and answers with others. Throws TrackerError. */
  announce(request: AnnounceRequest, client: TrackerClient): AnnounceResponse {
    const { infoHash, port } = request;
    const { address } = client;
    if (!this.#admits(infoHash)) throw unknownTorrent();
    const own = this.ownPeer(infoHash, client.localAddress);
    const fromOwn = own !== undefined && own.port === port && isSameIp(own.address, address);
    const swarm = this.#swarmFor(request);
    const position = swarm === undefined || fromOwn ? -1 : this.#enrol(swarm, request, address);
    const counts = withOwn(swarm?.counts, own);
    const lists =
      request.event === 'stopped'
        ? { mine: noPeers, others: noPeers }
        : this.#sample(swarm, request, { address, position, own: fromOwn ? undefined : own });
    return {
      interval: this.#interval(),
      seeders: counts.seeders,
      leechers: counts.leechers,
      ipv4: address.length === 4 ? lists.mine : lists.others,
      ipv6: address.length === 4 ? lists.others : lists.mine,
    };
  }

  /** The counts of one torrent (BEP 48); undefined for a torrent that is not tracked. */
  scrape(infoHash: TorrentId, localAddress: IpAddress): SwarmCounts | undefined {
    const swarm = this.#swarms.get(infoHash);
    if (swarm === undefined && !this.#context.isListed(infoHash)) return undefined;
    if (!this.#admits(infoHash)) return undefined;
    return withOwn(swarm?.counts, this.ownPeer(infoHash, localAddress));
  }

  /** The counts of the peers that announced a torrent; without our own seeder. */
  counts(infoHash: TorrentId): SwarmCounts {
    return this.#swarms.get(infoHash)?.counts ?? nobody;
  }

  /**
   * At most `max` of the peers that announced a torrent (`trackerLimits.wantedMax` at most): all of them, or as many at
   * random; without our own seeder.
   */
  peersOf(infoHash: TorrentId, max: number): (TrackedPeer & { readonly seeder: boolean })[] {
    return this.#swarms.get(infoHash)?.some(max, this.#picks) ?? [];
  }

  /** Looks at some of the swarms, the next ones at each call, and removes peers that have not been heard of. */
  sweep(): void {
    const now = this.#tick();
    for (let looked = 0; looked < this.#bounds.sweptPeers; ) {
      const next = this.#unswept.next();
      if (next.done === true) {
        this.#unswept = this.#swarms.values();
        return;
      }
      looked += 1 + next.value.size;
      this.#sweepSwarm(next.value, now);
    }
  }

  #sweepSwarm(swarm: TrackedSwarm, now: number): void {
    const before = swarm.size;
    swarm.expire(now, peerLifeTicks);
    this.#peers += swarm.size - before;
    if (swarm.size > 0 && this.#admits(swarm.infoHash)) return;
    // A listed file keeps its count of completed downloads.
    if (this.#context.isListed(swarm.infoHash)) return;
    this.#peers -= swarm.size;
    this.#swarms.delete(swarm.infoHash);
  }

  #admits(infoHash: TorrentId): boolean {
    return this.#context.open || this.#context.isListed(infoHash);
  }

  /** The swarm of an announce; undefined when there is none and the client only wants to leave. */
  #swarmFor({ infoHash, event }: AnnounceRequest): TrackedSwarm | undefined {
    const swarm = this.#swarms.get(infoHash);
    if (swarm !== undefined || event === 'stopped') return swarm;
    if (this.#swarms.size >= this.#bounds.swarms) throw full('this tracker has no room for another torrent');
    const fresh = new TrackedSwarm(infoHash, this.#hash);
    this.#swarms.set(infoHash, fresh);
    return fresh;
  }

  /** Notes the client of an announce. Returns its position in its table; -1 when it is not in it. */
  #enrol(swarm: TrackedSwarm, request: AnnounceRequest, address: IpAddress): number {
    const { port, seeder, event } = request;
    const table = swarm.tableFor(address);
    const known = table.find(address, port);
    if (event === 'stopped') {
      if (known >= 0) this.#remove(table, known);
      return -1;
    }
    if (!canBeHandedOut(port)) return -1;
    const position = known >= 0 ? table.setSeeder(known, seeder) : this.#add(swarm, table, request);
    table.see(position, this.#tick());
    // BEP 48: a download counts once, however often its peer says so.
    if (event === 'completed' && table.complete(position)) swarm.completed += 1;
    return position;
  }

  #add(swarm: TrackedSwarm, table: PeerTable, { peerId, seeder }: AnnounceRequest): number {
    const { peers, peersPerSwarm } = this.#bounds;
    if (this.#peers >= peers) throw full('this tracker has no room for another peer');
    if (swarm.size >= peersPerSwarm) throw full('this torrent has no room for another peer');
    this.#peers += 1;
    return table.add(peerId, seeder);
  }

  #remove(table: PeerTable, position: number): void {
    table.remove(position);
    this.#peers -= 1;
  }

  /** The peers of the client's own family, and if there is room some of the other (BEP 7). */
  #sample(
    swarm: TrackedSwarm | undefined,
    { wanted, seeder, event, bothFamilies, withIds }: AnnounceRequest,
    { address, position, own }: { address: IpAddress; position: number; own: TrackedPeer | undefined },
  ) {
    if (swarm === undefined) return { mine: noPeers, others: noPeers };
    // Two seeders have nothing to give to each other. But a client that came by a magnet link does not know yet how
    // much
    // is left, and aria2 then says that nothing is.
    const seeders = !seeder || event === 'started';
    const first = seeders && wanted > 0 ? own : undefined;
    const mine = swarm.tableFor(address).sample({ wanted, seeders, except: position, withIds, first }, this.#picks);
    const rest = bothFamilies ? wanted - mine.compact.length / (address.length + 2) : 0;
    const others =
      rest > 0
        ? swarm
            .otherTable(address)
            ?.sample({ wanted: rest, seeders, except: -1, withIds, first: undefined }, this.#picks)
        : undefined;
    return { mine, others: others ?? noPeers };
  }

  /** The interval, spread a little: clients that came all at once need not come back all at once. */
  #interval(): number {
    return announceTimes.interval + Math.floor(this.#context.random() * announceTimes.interval * announceTimes.spread);
  }

  #tick(): number {
    return Math.floor(this.#context.now() / (1000 * tickSeconds));
  }
}

const nobody: SwarmCounts = { seeders: 0, completed: 0, leechers: 0 };

function withOwn(counts: SwarmCounts = nobody, own: TrackedPeer | undefined): SwarmCounts {
  return own === undefined ? counts : { ...counts, seeders: counts.seeders + 1 };
}

function unknownTorrent(): TrackerError {
  return new TrackerError('unknown-torrent', 'this tracker does not know that torrent');
}

function full(message: string): TrackerError {
  return new TrackerError('full', message);
}
