/**
 * A BitTorrent client: one wire door, and any number of torrents that it fetches and serves. It dials the peers that
 * trackers and magnet links name. What torrents there are, and where their pieces are kept, is its owner's business.
 *
 *     const client = await SwarmClient.open({ host: '127.0.0.1', port: 0, role: 'get', log, random: Math.random });
 *     const torrent = client.add({ file, pieces, tiers, events: { onWhole: () => ... } });
 *     await client.close();
 */

import { createHash, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../async/clock.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import type { WireConnection } from '../peers/connection.ts';
import type { PeerRequests } from '../peers/context.ts';
import { WireFinder } from '../peers/finder.ts';
import type { WirePeers } from '../peers/listener.ts';
import { WireListener } from '../peers/listener.ts';
import { wireTorrentByHash } from '../peers/make-torrent.ts';
import { claimsToBe, makePeerId } from '../peers/peer-id.ts';
import { PieceCache } from '../peers/piece-cache.ts';
import { Announcer } from './announce/announcer.ts';
import { Bans } from './bans.ts';
import { ClientTorrent, type TorrentSource } from './client-torrent.ts';
import { memoryBytesMax } from './download/piece-memory.ts';
import { findInfo, type InfoSearch } from './metadata/info-search.ts';
import type { Metadata } from './metadata/metadata-exchange.ts';

export interface SwarmClientOptions {
  /** Of the wire door. */
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A node stays connected to servers, which show what it has, and asks them only for what no other peer has. */
  readonly role: 'get' | 'node';
  /** Bytes of blocks that are sent per second, to all peers together; undefined: as fast as they take them. */
  readonly uploadRate?: number | undefined;
  readonly log: Log;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly clock?: Clock;
}

interface Member {
  readonly torrent: ClientTorrent;
  readonly announcer: Announcer;
}

/** For so long at most peers are not told that a piece has come. */
const announceMs = 25;
/** How often peers are looked for. */
const sweepMs = 1000;
/** Pieces kept for peers: those of one swarm ask for the same ones at about the same time. */
const cacheBytes = 16 * 1024 * 1024;

export class SwarmClient implements WirePeers {
  readonly #options: SwarmClientOptions;
  readonly #clock: Clock;
  readonly #peerId: Buffer;
  readonly #catalog = new Catalog();
  readonly #members = new Map<TorrentId, Member>();
  readonly #bans = new Bans();
  /** Pieces that peers have not been told of yet. */
  readonly #gained: { readonly entry: TorrentEntry; readonly index: number }[] = [];
  readonly #pool = new BufferPool(memoryBytesMax);
  readonly #cache = new PieceCache({
    read: (entry, part) => this.#readVerified(entry, part),
    bytesMax: cacheBytes,
  });
  readonly #closing = new AbortController();
  #door!: WireListener;
  #finder!: WireFinder;
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
    const { host, port, role, uploadRate, log, random } = this.#options;
    const rate = uploadRate && new RateLimit({ bytesPerSecond: uploadRate, now: () => this.#clock.now() });
    this.#door = await WireListener.open({
      host,
      port,
      peerId: this.#peerId,
      torrentOf: (infoHash) => wireTorrentByHash(this.#catalog, infoHash),
      cache: this.#cache,
      ...(rate && { pace: (bytes) => rate.spent(bytes, this.#closing.signal) }),
      version: () => this.#catalog.version,
      peers: this,
      keeps: (connection) => role === 'node' && claimsToBe(connection.peerId, 'server'),
      log,
      random,
    });
    this.#finder = new WireFinder({
      catalog: this.#catalog,
      door: this.#door,
      hasPeers: (file) => this.#members.has(file),
      peersOf: (file) => this.#candidates(file),
      torrentOf: (entry) => this.#memberOf(entry).torrent.torrent,
      // Who has everything dials too: a peer that waits for a source does not ask its tracker every minute.
      isWanting: () => true,
      onCrowded: (entry) => this.#memberOf(entry).torrent.makeRoom(),
      now: () => this.#clock.now(),
    });
    this.#stopSweep = repeat(this.#clock, sweepMs, () => this.#sweep());
  }

  get host(): string {
    return this.#door.address;
  }

  get port(): number {
    return this.#door.port;
  }

  get peerId(): Buffer {
    return this.#peerId;
  }

  /** Finds the info dictionary of a torrent. Settles when somebody has given it; fails when `signal` is aborted. */
  findInfo(
    search: Pick<InfoSearch, 'infoHash' | 'tiers' | 'peers' | 'onTrackerFailure' | 'signal'>,
  ): Promise<Metadata> {
    const { log, random } = this.#options;
    return findInfo({ ...search, peerId: this.#peerId, port: this.port, log, random, clock: this.#clock });
  }

  /** Fetches what is missing of a torrent, and serves what is there. It must not be here already. */
  add(source: TorrentSource): ClientTorrent {
    const { random, role, log } = this.#options;
    const torrent = new ClientTorrent(source, {
      pool: this.#pool,
      random,
      isLastResort: (connection) => role === 'node' && claimsToBe(connection.peerId, 'server'),
      announce: (entry, index) => this.#announceSoon(entry, index),
      keep: (entry, index, piece) => this.#cache.offer(entry, index, piece),
      onLiar: (connection) => this.#ban(connection),
    });
    const announcer = new Announcer({
      infoHash: torrent.torrent.infoHash,
      peerId: this.#peerId,
      port: this.port,
      tiers: source.tiers,
      progress: () => torrent,
      onPeers: (peers) => this.#onPeers(torrent, peers),
      onFailure: (tracker, reason) => source.events.onTrackerFailure?.(tracker, reason),
      onWarning: (tracker, warning) => source.events.onTrackerWarning?.(tracker, warning),
      log,
      random,
      clock: this.#clock,
    });
    this.#members.set(source.file.id, { torrent, announcer });
    this.#catalog.add(torrent.entry);
    announcer.start();
    this.#finder.sweep();
    return torrent;
  }

  /** Nothing is missing of it any more: its trackers hear of it, and peers that need nothing are let go. */
  whole(torrent: ClientTorrent): void {
    this.#memberOf(torrent.entry).announcer.completed();
    this.#door.whole(torrent.entry);
  }

  /** Lets go of a torrent. Settles once its trackers know, or do not answer. */
  async remove(torrent: ClientTorrent): Promise<void> {
    const { id } = torrent.entry.record;
    const { announcer } = this.#memberOf(torrent.entry);
    this.#members.delete(id);
    this.#catalog.remove(id);
    torrent.stop();
    this.#finder.forget(id);
    await announcer.stop();
  }

  /**
   * Announces the torrent at once, whatever its tracker said: for one of our own, which may have forgotten us. Of one
   * that is let go of nothing is announced: its owner may still be waiting for its trackers.
   */
  announceAnyway(torrent: ClientTorrent): void {
    const member = this.#members.get(torrent.entry.record.id);
    if (member?.torrent === torrent) member.announcer.announceAnyway();
  }

  /** Lets go of all torrents. Settles once their trackers know, or do not answer, and the port is free. */
  async close(): Promise<void> {
    this.#stopSweep();
    this.#closing.abort();
    const torrents = Array.from(this.#members.values(), ({ torrent }) => torrent);
    await Promise.all(torrents.map((torrent) => this.remove(torrent)));
    await this.#door.close();
  }

  onOpen(connection: WireConnection): PeerRequests {
    if (this.#bans.has(connection)) throw new WireError('unwanted', 'it gave bytes that did not hash before');
    const { entry } = connection.torrent;
    const torrent = this.#members.get(entry.record.id)?.torrent;
    // It may have been let go of, or even be another one under that id, since the handshakes began.
    if (torrent?.entry !== entry) throw new WireError('unknown-torrent', 'we have done with this torrent');
    return torrent.onOpen(connection);
  }

  onHave(connection: WireConnection, index: number | undefined): void {
    this.#members.get(connection.torrent.entry.record.id)?.torrent.onHave(connection, index);
  }

  onClose(connection: WireConnection): void {
    this.#members.get(connection.torrent.entry.record.id)?.torrent.onClose(connection);
  }

  /** Several pieces at a time: a message costs little, a packet for each to each peer would cost a lot. */
  #announceSoon(entry: TorrentEntry, index: number): void {
    if (this.#gained.length === 0)
      this.#clock.after(announceMs, () => {
        for (const one of this.#gained.splice(0)) this.#door.announce(one.entry, one.index);
      });
    this.#gained.push({ entry, index });
  }

  #memberOf({ record: { id } }: TorrentEntry): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new Error(`${id} is not here`);
    return member;
  }

  #candidates(file: TorrentId): Endpoint[] {
    const known = this.#members.get(file)?.torrent.known ?? [];
    return [...known].filter((remote) => !this.#bans.hasAddress(remote));
  }

  #onPeers(torrent: ClientTorrent, peers: readonly Endpoint[]): void {
    torrent.learn(peers);
    this.#finder.sweep();
  }

  #sweep(): void {
    for (const { torrent, announcer } of this.#members.values()) {
      torrent.passed(sweepMs);
      if (torrent.unreachable.length > 0) announcer.announceNow();
    }
    this.#finder.sweep();
  }

  #ban(connection: WireConnection): void {
    const { remoteAddress, remotePort } = connection;
    this.#options.log.warn('wire', 'a peer gave bytes that do not hash', { remote: remoteAddress, port: remotePort });
    this.#bans.add(connection);
    for (const guest of this.#door.guests) if (this.#bans.has(guest)) guest.close('it gave bytes that do not hash');
  }

  /** What is on our disk may have been changed: no peer gets a byte of it that does not hash. */
  async #readVerified(entry: TorrentEntry, part: number): Promise<LentPiece> {
    const { torrent } = this.#memberOf(entry);
    const size = pieceSize(entry.record, part);
    const buffer = this.#pool.take(size);
    const bytes = buffer.subarray(0, size);
    const release = (): void => this.#pool.give(buffer);
    try {
      await torrent.read(part, bytes);
      const digest = createHash('sha1').update(bytes).digest();
      if (digest.compare(pieceHash(entry.record, part)) !== 0) throw new Error(`piece ${part} is not what it was`);
      return { bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  }
}

function repeat(clock: Clock, ms: number, callback: () => void): () => void {
  let cancel = clock.after(ms, function again() {
    callback();
    cancel = clock.after(ms, again);
  });
  return () => cancel();
}
