/**
 * A BitTorrent client: one listener for wire peers, and any number of torrents that it fetches and serves. It dials the
 * peers that trackers and magnet links name. The torrents, and where their pieces are kept, are its owner's business.
 *
 *     const client = await SwarmClient.open({ host: '127.0.0.1', port: 0, role: 'get', log, random: Math.random });
 *     const torrent = client.add({ file, pieces, tiers, events: { onComplete: () => ... } });
 *     await client.close();
 */

import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../async/clock.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Traces } from '../../bytes/trace.ts';
import type { Log } from '../../io/log.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import type { WireConnection } from '../peers/connection.ts';
import type { PeerRequests } from '../peers/context.ts';
import { WireFinder } from '../peers/finder.ts';
import { WireListener } from '../peers/listener.ts';
import { claimsToBe, makePeerId } from '../peers/peer-id.ts';
import { PieceCache } from '../peers/piece-cache.ts';
import { Announcer } from './announce/announcer.ts';
import { Bans } from './bans.ts';
import { ClientTorrent, type TorrentSource } from './client-torrent.ts';
import { memoryBytesMax } from './download/piece-memory.ts';
import { Members } from './members.ts';
import { findInfo, type InfoSearch } from './metadata/info-search.ts';
import type { Metadata } from './metadata/metadata-exchange.ts';

export interface SwarmClientOptions {
  /** The address on which it listens for wire peers. */
  readonly host: string;
  /** The port on which it listens; 0 for a free one. */
  readonly port: number;
  /** A node stays connected to servers, which show what it has, and asks them only for what no other peer has. */
  readonly role: 'get' | 'node';
  /** Bytes of blocks that are sent per second, to all peers together; undefined: as fast as they take them. */
  readonly uploadRate?: number | undefined;
  readonly log: Log;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly clock?: Clock;
  readonly traces?: Traces | undefined;
}

/** Peers are told of a piece at most this much later than it came. */
const announceMs = 25;
/** The interval at which peers are looked for. */
const sweepMs = 1000;
/** Pieces kept for peers: those of one torrent ask for the same ones at about the same time. */
const cacheBytes = 16 * 1024 * 1024;

export class SwarmClient {
  readonly #options: SwarmClientOptions;
  readonly #clock: Clock;
  readonly #peerId: Buffer;
  readonly #members = new Members();
  readonly #bans = new Bans();
  /** Pieces that peers have not been told of yet. */
  readonly #gained: { readonly torrent: ClientTorrent; readonly pieceIndex: number }[] = [];
  readonly #pool = new BufferPool(memoryBytesMax);
  readonly #cache = new PieceCache(cacheBytes);
  readonly #closing = new AbortController();
  #listener!: WireListener;
  #finder!: WireFinder<ClientTorrent>;
  #stopSweep!: () => void;

  /** Fails with a system error, such as EADDRINUSE. */
  static async open(options: SwarmClientOptions): Promise<SwarmClient> {
    const client = new SwarmClient(options);
    await client.#open();
    return client;
  }

  private constructor(options: SwarmClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#peerId = makePeerId(options.role, randomBytes(11));
  }

  async #open(): Promise<void> {
    const { host, port, uploadRate, log, traces } = this.#options;
    const rate = uploadRate && new RateLimit({ bytesPerSecond: uploadRate, clock: this.#clock });
    this.#listener = await WireListener.open({
      host,
      port,
      peerId: this.#peerId,
      torrentOf: (infoHash) => this.#members.byInfoHash(infoHash),
      cache: this.#cache,
      ...(rate && { pace: (bytes) => rate.spent(bytes, this.#closing.signal) }),
      onOpen: (connection) => this.#onOpen(connection),
      keeps: (connection) => this.#isServerOfNode(connection),
      log,
      trace: traces?.wire,
      clock: this.#clock,
    });
    this.#finder = new WireFinder({
      torrents: () => this.#members.torrents(),
      listener: this.#listener,
      hasPeers: (id) => this.#members.get(id) !== undefined,
      peersOf: (id) => this.#candidates(id),
      torrentOf: ({ torrent }) => torrent,
      // Also a peer that has everything dials: one that waits for a source does not ask its tracker every minute.
      isWanting: () => true,
      onCrowded: (torrent) => torrent.makeRoom(),
      now: () => this.#clock.now(),
    });
    this.#stopSweep = this.#clock.every(sweepMs, () => this.#sweep());
  }

  /** The address on which it listens. */
  get host(): string {
    return this.#listener.address;
  }

  /** The port on which it listens. */
  get port(): number {
    return this.#listener.port;
  }

  get peerId(): Buffer {
    return this.#peerId;
  }

  /** Finds the info dictionary of a torrent. Settles when a peer has given it; fails when `signal` is aborted. */
  findInfo(
    search: Pick<InfoSearch, 'infoHash' | 'tiers' | 'peers' | 'onTrackerFailure' | 'signal'>,
  ): Promise<Metadata> {
    const { log, random, traces } = this.#options;
    return findInfo({ ...search, peerId: this.#peerId, port: this.port, log, random, traces, clock: this.#clock });
  }

  /** Fetches what is missing of a torrent, and serves what is there. The client must not have the torrent already. */
  add(source: TorrentSource): ClientTorrent {
    const { random } = this.#options;
    const torrent = new ClientTorrent(source, {
      pool: this.#pool,
      random,
      isLastResort: (connection) => this.#isServerOfNode(connection),
      announce: (gainer, pieceIndex) => this.#announceSoon(gainer, pieceIndex),
      keep: (keeper, pieceIndex, piece) => this.#cache.offer(keeper, pieceIndex, piece),
      onBadPeer: (connection) => this.#ban(connection),
    });
    const announcer = this.#announcerOf(torrent, source);
    this.#members.add({ torrent, announcer });
    announcer.start();
    this.#finder.sweep();
    return torrent;
  }

  /** Tells trackers that a torrent is complete, and closes connections over which nothing can be exchanged any more. */
  complete(torrent: ClientTorrent): void {
    this.#members.of(torrent).announcer.completed();
    this.#listener.complete(torrent);
  }

  /** Removes a torrent. Settles once its trackers know, or do not answer. */
  async remove(torrent: ClientTorrent): Promise<void> {
    const { announcer } = this.#members.of(torrent);
    this.#members.remove(torrent);
    torrent.stop();
    this.#finder.forget(torrent.record.id);
    await announcer.stop();
  }

  /**
   * Announces the torrent at once, whatever its tracker said: to a tracker of our own, which may have forgotten us. A
   * torrent that was removed is not announced: its owner may still be waiting for its trackers.
   */
  announceAnyway(torrent: ClientTorrent): void {
    const member = this.#members.get(torrent.record.id);
    if (member?.torrent === torrent) member.announcer.announceAnyway();
  }

  /** Removes all torrents. Settles once their trackers know, or do not answer, and the port is free. */
  async close(): Promise<void> {
    this.#stopSweep();
    this.#closing.abort();
    await Promise.all([...this.#members.torrents()].map((torrent) => this.remove(torrent)));
    await this.#listener.close();
  }

  #announcerOf(torrent: ClientTorrent, { tiers, events }: TorrentSource): Announcer {
    const { random, log, traces } = this.#options;
    return new Announcer({
      infoHash: torrent.torrent.infoHash,
      peerId: this.#peerId,
      port: this.port,
      tiers,
      progress: () => torrent,
      onPeers: (peers) => this.#onPeers(torrent, peers),
      onFailure: (tracker, reason) => events.onTrackerFailure?.(tracker, reason),
      onWarning: (tracker, warning) => events.onTrackerWarning?.(tracker, warning),
      log,
      random,
      traces,
      clock: this.#clock,
    });
  }

  #onOpen(connection: WireConnection): PeerRequests {
    if (this.#bans.has(connection)) throw new WireError('unwanted', 'it gave bytes that did not hash before');
    const { content } = connection.torrent;
    const torrent = this.#members.get(content.record.id)?.torrent;
    // The torrent may have been removed, or even be another one under that id, since the handshakes began.
    if (torrent !== content) throw new WireError('unknown-torrent', 'we have done with this torrent');
    return torrent.onOpen(connection);
  }

  #isServerOfNode({ peerId }: WireConnection): boolean {
    return this.#options.role === 'node' && claimsToBe(peerId, 'server');
  }

  /** Tells peers of several pieces at a time: a message costs little, a packet for each to each peer a lot. */
  #announceSoon(gainer: ClientTorrent, pieceIndex: number): void {
    if (this.#gained.length === 0)
      this.#clock.after(announceMs, () => {
        for (const { torrent, pieceIndex } of this.#gained.splice(0)) this.#listener.announce(torrent, pieceIndex);
      });
    this.#gained.push({ torrent: gainer, pieceIndex });
  }

  #candidates(id: TorrentId): Endpoint[] {
    const known = this.#members.get(id)?.torrent.known ?? [];
    return [...known].filter((remote) => !this.#bans.hasAddress(remote));
  }

  #onPeers(torrent: ClientTorrent, peers: readonly Endpoint[]): void {
    torrent.learn(peers);
    this.#finder.sweep();
  }

  #sweep(): void {
    for (const { torrent, announcer } of this.#members) {
      torrent.tick(sweepMs);
      if (torrent.unreachable.length > 0) announcer.announceNow();
    }
    this.#finder.sweep();
  }

  #ban(connection: WireConnection): void {
    const { address, port } = connection.remote;
    this.#options.log.warn('wire', 'a peer gave bytes that do not hash', { remote: address, port });
    this.#bans.add(connection);
    for (const peer of this.#listener.peers) if (this.#bans.has(peer)) peer.close('it gave bytes that do not hash');
  }
}
