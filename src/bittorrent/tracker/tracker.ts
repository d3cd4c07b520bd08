/**
 * The tracker's memory: who announced which torrent, and whom the others are told of. It knows nothing of HTTP, UDP or
 * sockets; it draws its random numbers and reads its clock from what it is given.
 *
 *     tracker.announce(request, { address, localAddress })    { interval, seeders, leechers, ipv4, ipv6 }
 *     tracker.scrape(infoHash, localAddress)                  { seeders, completed, leechers }
 *     tracker.sweep()                                         once a second: who is not heard of any more goes
 *
 * A peer is its address and port: who announces again is not a second one. Nothing survives a restart, since everybody
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
import { type Endpoint, noPeers } from './peer-list.ts';
import { type PeerTable, tickSeconds } from './peer-table.ts';
import { Picks } from './picks.ts';
import { TrackedSwarm } from './swarm.ts';

export type { Endpoint };

/** Where an announce came from, and to. */
export interface TrackerClient {
  readonly address: IpAddress;
  /** The address of ours that it reached. */
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
  /** About 2 KB each while they are small: 200 MB. */
  swarms: 100_000,
  /** About 100 bytes each in swarms of a hundred, less in larger ones: 200 MB. */
  peers: 2_000_000,
  /** So that one torrent cannot take all. */
  peersPerSwarm: 500_000,
  /** Looked at by one sweep: a millisecond or two, and all of them in under four minutes. */
  sweptPeers: 10_000,
};

/** A peer that missed one announce may still be there, one that missed two is gone. */
const peerLifeTicks = (2 * announceTimes.interval * (1 + announceTimes.spread)) / tickSeconds;

/** The server's own seeder of that torrent, for whoever reached us at `localAddress`; undefined when it has none. */
export type OwnPeer = (infoHash: TorrentId, localAddress: IpAddress) => Endpoint | undefined;

export class Tracker {
  /** Set when the wire door is open. Its peer is handed out like the others, and not stored. */
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

  /** Undefined for a torrent that is not tracked. */
  scrape(infoHash: TorrentId, localAddress: IpAddress): SwarmCounts | undefined {
    const swarm = this.#swarms.get(infoHash);
    if (swarm === undefined && !this.#context.isListed(infoHash)) return undefined;
    if (!this.#admits(infoHash)) return undefined;
    return withOwn(swarm?.counts, this.ownPeer(infoHash, localAddress));
  }

  /** How many announced that torrent; without our own seeder. */
  counts(infoHash: TorrentId): SwarmCounts {
    return this.#swarms.get(infoHash)?.counts ?? nobody;
  }

  /** Who announced that torrent, seeders first; without our own seeder. */
  peersOf(infoHash: TorrentId): (Endpoint & { readonly seeder: boolean })[] {
    return [...(this.#swarms.get(infoHash)?.endpoints() ?? [])];
  }

  /** Looks at some of the swarms, the next ones at each call, and lets go of who has not been heard of. */
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

  /** Undefined when there is none and the client only wants to leave. */
  #swarmFor({ infoHash, event }: AnnounceRequest): TrackedSwarm | undefined {
    const swarm = this.#swarms.get(infoHash);
    if (swarm !== undefined || event === 'stopped') return swarm;
    if (this.#swarms.size >= this.#bounds.swarms) throw full('this tracker has no room for another torrent');
    const fresh = new TrackedSwarm(infoHash, this.#hash);
    this.#swarms.set(infoHash, fresh);
    return fresh;
  }

  /** Answers the client's position in its table; -1 when it is not in it. */
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
    { address, position, own }: { address: IpAddress; position: number; own: Endpoint | undefined },
  ) {
    if (swarm === undefined) return { mine: noPeers, others: noPeers };
    // Two seeders have nothing to say to each other. But who came by a magnet link does not know yet how much is left
    // to it, and aria2 then says that nothing is.
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

  /** Spread a little: clients that came all at once need not come back all at once. */
  #interval(): number {
    return announceTimes.interval + Math.floor(this.#context.random() * announceTimes.interval * announceTimes.spread);
  }

  #tick(): number {
    return Math.floor(this.#context.now() / (1000 * tickSeconds));
  }
}

const nobody: SwarmCounts = { seeders: 0, completed: 0, leechers: 0 };

function withOwn(counts: SwarmCounts = nobody, own: Endpoint | undefined): SwarmCounts {
  return own === undefined ? counts : { ...counts, seeders: counts.seeders + 1 };
}

function unknownTorrent(): TrackerError {
  return new TrackerError('unknown-torrent', 'this tracker does not know that torrent');
}

function full(message: string): TrackerError {
  return new TrackerError('full', message);
}
