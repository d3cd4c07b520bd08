/**
 * The wire door: every connection with wire peers, for any number of torrents on one port. It lets peers in, chooses
 * who may ask for blocks, lets time pass, and ends what should end.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Every, every } from '../../async/every.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { Log } from '../../io/log.ts';
import { type OpenPeerSocket, PeerSocket } from '../../io/net/peer-socket.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { isHeldHere } from './availability.ts';
import { type Candidate, chooseUnchoked } from './choker.ts';
import { type ConnectionEvents, WireConnection } from './connection.ts';
import type { ConnectionContext, PeerRequests } from './context.ts';
import type { WireTorrent } from './torrent.ts';

/** Whose peers they are: told of each that comes, of what it has, and of its end. */
export interface WirePeers {
  /** A peer has shaken hands. Throws WireError when it is not wanted. */
  onOpen(connection: WireConnection): PeerRequests;
  /** It has gained piece `index`; undefined: several. */
  onHave(connection: WireConnection, index: number | undefined): void;
  onClose(connection: WireConnection): void;
}

export interface WireListenerOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly peerId: Buffer;
  readonly torrentOf: (infoHash: Buffer) => WireTorrent | undefined;
  readonly cache: ConnectionContext['cache'];
  readonly pace?: ConnectionContext['pace'];
  /** Rises whenever somebody may have gained a piece. */
  readonly version: () => number;
  /** Whose peers they are. */
  readonly peers: WirePeers;
  /** Whether a peer stays although neither side can give the other anything; without it none does. */
  readonly keeps?: (connection: WireConnection) => boolean;
  readonly log: Log;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly every?: Every;
}

export const listenerLimits = {
  connections: 1000,
  /** Many peers may share one address: behind a router, or all on one machine. */
  connectionsPerAddress: 200,
  /** Peers that may ask for blocks at a time, besides the one whose turn it is. */
  uploadSlots: 20,
  sweepMs: 1000,
  /** BEP 3: often enough to follow a change, and seldom enough for TCP to get going. */
  chokeRoundMs: 10_000,
} as const;

interface Guest {
  readonly connection: WireConnection;
  /** Its merit (`meritOf`) at the last round. */
  meritBefore: number;
  lastOptimistic: number;
}

export class WireListener {
  readonly #options: WireListenerOptions;
  readonly #server: Server;
  /** Every connection, those in mid-handshake too. */
  readonly #connections = new Set<WireConnection>();
  readonly #guests = new Map<WireConnection, Guest>();
  /** Who waits to hear whether a dialled peer shook hands. */
  readonly #dialled = new Map<WireConnection, (opened: boolean) => void>();
  readonly #stopSweep: () => void;
  readonly #context: ConnectionContext;
  readonly #events: ConnectionEvents;
  #sinceRoundMs = 0;
  #round = 0;
  #version = -1;

  /** Fails with a system error, such as EADDRINUSE. */
  static async open(options: WireListenerOptions): Promise<WireListener> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen({ host: options.host, port: options.port, backlog: 512 });
    await once(server, 'listening');
    return new WireListener(options, server);
  }

  private constructor(options: WireListenerOptions, server: Server) {
    const { peerId, torrentOf, cache, pace, log } = options;
    this.#options = options;
    this.#server = server;
    this.#context = { peerId, torrentOf, cache, pace, log, port: this.port };
    this.#events = {
      onOpen: (connection) => this.#onOpen(connection),
      onInterest: (connection) => this.#onInterest(connection),
      onHave: (connection, index) => this.#onHave(connection, index),
      onClose: (connection) => this.#onClose(connection),
    };
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => log.error('wire', 'a connection could not be accepted', {}, error));
    this.#stopSweep = (options.every ?? every)(listenerLimits.sweepMs, () => this.#sweep());
  }

  get address(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Peers whose handshake is done. */
  get guests(): IterableIterator<WireConnection> {
    return this.#guests.keys();
  }

  /** Dials a peer that should have pieces of `torrent`. Settles with whether it shook hands. */
  async dial(torrent: WireTorrent, remote: Endpoint): Promise<boolean> {
    if (this.#connections.size >= listenerLimits.connections) return false;
    const connection = this.#take((events) => PeerSocket.dialled(remote, events), torrent);
    return new Promise((resolve) => this.#dialled.set(connection, resolve));
  }

  /** Tells all peers of `entry` that piece `index` is here now. */
  announce(entry: TorrentEntry, index: number): void {
    for (const connection of this.#guests.keys()) if (connection.torrent.entry === entry) connection.announce(index);
  }

  /** Lets go of the peers with which nothing can be exchanged since we have all of `entry`. */
  whole(entry: TorrentEntry): void {
    for (const connection of this.#guests.keys())
      if (connection.torrent.entry === entry && this.#isUseless(connection)) connection.close('both have everything');
  }

  /** Ends all connections. Settles when the port is free. */
  async close(): Promise<void> {
    this.#stopSweep();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.close('the server stops');
    await closed;
  }

  #accept(socket: Socket): void {
    const { remoteAddress } = socket;
    const { connections, connectionsPerAddress } = listenerLimits;
    const sameAddress = [...this.#connections].filter((other) => other.remoteAddress === remoteAddress).length;
    if (this.#connections.size >= connections || sameAddress >= connectionsPerAddress) socket.destroy();
    else this.#take((events) => PeerSocket.accepted(socket, events));
  }

  #take(open: OpenPeerSocket, torrent?: WireTorrent): WireConnection {
    const connection = new WireConnection(open, this.#context, this.#events, torrent);
    this.#connections.add(connection);
    return connection;
  }

  #onOpen(connection: WireConnection): PeerRequests {
    const requests = this.#options.peers.onOpen(connection);
    this.#guests.set(connection, { connection, meritBefore: 0, lastOptimistic: -1 });
    this.#tellDialler(connection, true);
    return requests;
  }

  /** A free slot is given at once: nobody should wait ten seconds for nothing. */
  #onInterest(connection: WireConnection): void {
    if (!connection.session.peerInterested) connection.choke(true);
    else if (this.#unchoked < listenerLimits.uploadSlots) connection.choke(false);
  }

  get #unchoked(): number {
    let count = 0;
    for (const { session } of this.#guests.keys()) if (!session.amChoking) count += 1;
    return count;
  }

  #onHave(connection: WireConnection, index: number | undefined): void {
    if (this.#isUseless(connection)) connection.close('both have everything');
    else this.#options.peers.onHave(connection, index);
  }

  /** Two seeds have nothing to give to each other. */
  #isUseless(connection: WireConnection): boolean {
    const { session, torrent } = connection;
    const idle = session.pieces.full && torrent.entry.pieces > 0 && isHeldHere(torrent.entry);
    return idle && this.#options.keeps?.(connection) !== true;
  }

  #onClose(connection: WireConnection): void {
    this.#connections.delete(connection);
    this.#tellDialler(connection, false);
    if (!this.#guests.delete(connection)) return;
    this.#options.peers.onClose(connection);
  }

  #tellDialler(connection: WireConnection, opened: boolean): void {
    this.#dialled.get(connection)?.(opened);
    this.#dialled.delete(connection);
  }

  #sweep(): void {
    for (const connection of this.#connections) connection.passed(listenerLimits.sweepMs);
    const version = this.#options.version();
    if (version !== this.#version) for (const connection of this.#guests.keys()) connection.announceGained();
    this.#version = version;
    this.#sinceRoundMs += listenerLimits.sweepMs;
    if (this.#sinceRoundMs >= listenerLimits.chokeRoundMs) this.#chokeRound();
  }

  #chokeRound(): void {
    this.#sinceRoundMs = 0;
    this.#round += 1;
    const interested = [...this.#guests.values()].filter(({ connection }) => connection.session.peerInterested);
    const candidates: Candidate<Guest>[] = interested.map((guest) => ({
      peer: guest,
      recentBytes: meritOf(guest.connection) - guest.meritBefore,
      lastOptimistic: guest.lastOptimistic,
    }));
    const { unchoked, optimistic } = chooseUnchoked(candidates, listenerLimits.uploadSlots, this.#options.random);
    if (optimistic !== undefined) optimistic.lastOptimistic = this.#round;
    for (const guest of this.#guests.values()) {
      guest.meritBefore = meritOf(guest.connection);
      guest.connection.choke(!unchoked.has(guest));
    }
  }
}

/** BEP 3: who still downloads serves those that give most; who has everything those that take most. Bytes, in all. */
function meritOf({ torrent, uploadedBytes, downloadedBytes }: WireConnection): number {
  return isHeldHere(torrent.entry) ? uploadedBytes : downloadedBytes;
}
