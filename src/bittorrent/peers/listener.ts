/**
 * Every connection with wire peers, for any number of torrents on one port, whoever dialled. It lets peers in, chooses
 * which may ask for blocks, tells connections that time passes, and ends what should end.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../async/clock.ts';
import { addressOwner } from '../../bytes/address-counts.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { Trace } from '../../bytes/trace.ts';
import type { Log } from '../../io/log.ts';
import { type OpenPeerSocket, PeerSocket } from '../../io/net/peer-socket.ts';
import { type ConnectionEvents, WireConnection } from './connection.ts';
import type { ConnectionContext, PeerRequests } from './context.ts';
import type { WireContent, WireTorrent } from './torrent.ts';
import { UploadSlots } from './upload-slots.ts';

export interface WireListenerOptions {
  /** The address on which it listens. */
  readonly host: string;
  /** The port on which it listens; 0 for a free one. */
  readonly port: number;
  readonly peerId: Buffer;
  readonly torrentOf: (infoHash: Buffer) => WireTorrent | undefined;
  readonly cache: ConnectionContext['cache'];
  readonly pace?: ConnectionContext['pace'];
  readonly limits?: ConnectionContext['limits'];
  /** Rises whenever pieces may have been gained; absent where each gain is announced. */
  readonly version?: () => number;
  /**
   * A peer has shaken hands: returns what is asked of it, and is told of it. Throws WireError when it is not wanted.
   */
  readonly onOpen: (connection: WireConnection) => PeerRequests;
  /** Whether a peer stays although neither side can give the other anything; absent: none does. */
  readonly keeps?: (connection: WireConnection) => boolean;
  readonly log: Log;
  readonly trace?: Trace | undefined;
  readonly clock?: Pick<Clock, 'every'>;
}

export const listenerLimits = {
  connections: 1000,
  /** Many peers may share one address: behind a router, or all on one machine. */
  connectionsPerAddress: 200,
  sweepMs: 1000,
} as const;

export class WireListener {
  readonly #options: WireListenerOptions;
  readonly #server: Server;
  /** Every connection, also before the end of its handshakes. */
  readonly #connections = new Set<WireConnection>();
  /** Connections whose handshakes are done. */
  readonly #peers = new Set<WireConnection>();
  readonly #slots = new UploadSlots<WireConnection>();
  /** By connection that we dialled: settles whether the peer shook hands. */
  readonly #dialled = new Map<WireConnection, (opened: boolean) => void>();
  readonly #stopSweep: () => void;
  readonly #context: ConnectionContext;
  readonly #events: ConnectionEvents;
  #version: number | undefined = -1;

  /** Fails with a system error, such as EADDRINUSE. */
  static async open(options: WireListenerOptions): Promise<WireListener> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen({ host: options.host, port: options.port, backlog: 512 });
    await once(server, 'listening');
    return new WireListener(options, server);
  }

  private constructor(options: WireListenerOptions, server: Server) {
    const { peerId, torrentOf, cache, pace, limits, log, trace } = options;
    const connections = () => this.#connections.size;
    this.#options = options;
    this.#server = server;
    this.#context = { peerId, torrentOf, cache, pace, limits, log, trace, connections, port: this.port };
    this.#events = {
      onOpen: (connection) => this.#onOpen(connection),
      onInterest: (connection) => this.#slots.onInterest(connection),
      isUseful: (connection) => this.#isUseful(connection),
      onClose: (connection) => this.#onClose(connection),
    };
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => log.error('wire', 'a connection could not be accepted', {}, error));
    this.#stopSweep = (options.clock ?? systemClock).every(listenerLimits.sweepMs, () => this.#sweep());
  }

  /** The address on which it listens. */
  get address(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Peers whose handshake is done. */
  get peers(): IterableIterator<WireConnection> {
    return this.#peers.values();
  }

  /** Dials a peer that should have pieces of `torrent`. Settles with whether it shook hands. */
  async dial(torrent: WireTorrent, remote: Endpoint): Promise<boolean> {
    if (this.#connections.size >= listenerLimits.connections) return false;
    const connection = this.#take((events) => PeerSocket.dialled(remote, events), torrent);
    return new Promise((resolve) => this.#dialled.set(connection, resolve));
  }

  /** Tells all peers of `content` that we have piece `pieceIndex` now. */
  announce(content: WireContent, pieceIndex: number): void {
    for (const connection of this.#peersOf(content)) connection.availability.announce(pieceIndex);
  }

  /** Closes the connections over which nothing can be exchanged since we have all of `content`. */
  complete(content: WireContent): void {
    for (const connection of this.#peersOf(content))
      if (connection.session.pieces.full && !this.#isUseful(connection)) connection.close('both have everything');
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
    // A dual-stack socket calls an IPv4 peer ::ffff:192.0.2.7: owners are compared, never spellings.
    const owner = addressOwner(socket.remoteAddress ?? '');
    const { connections, connectionsPerAddress } = listenerLimits;
    const sameAddress = [...this.#connections].filter(({ remote }) => addressOwner(remote.address) === owner).length;
    if (this.#connections.size >= connections || sameAddress >= connectionsPerAddress) socket.destroy();
    else this.#take((events) => PeerSocket.accepted(socket, events));
  }

  #take(open: OpenPeerSocket, torrent?: WireTorrent): WireConnection {
    const connection = new WireConnection(open, this.#context, this.#events, torrent);
    this.#connections.add(connection);
    return connection;
  }

  #onOpen(connection: WireConnection): PeerRequests {
    const requests = this.#options.onOpen(connection);
    this.#peers.add(connection);
    this.#slots.add(connection);
    this.#tellDialler(connection, true);
    return requests;
  }

  /** Whether a peer that has every piece is kept: two seeds have nothing to give to each other. */
  #isUseful(connection: WireConnection): boolean {
    const { content } = connection.torrent;
    const idle = content.complete && connection.session.pieces.size > 0;
    return !idle || this.#options.keeps?.(connection) === true;
  }

  *#peersOf(content: WireContent): Generator<WireConnection> {
    for (const connection of this.#peers) if (connection.torrent.content === content) yield connection;
  }

  #onClose(connection: WireConnection): void {
    this.#connections.delete(connection);
    this.#tellDialler(connection, false);
    this.#peers.delete(connection);
    this.#slots.remove(connection);
  }

  #tellDialler(connection: WireConnection, opened: boolean): void {
    this.#dialled.get(connection)?.(opened);
    this.#dialled.delete(connection);
  }

  #sweep(): void {
    for (const connection of this.#connections) connection.tick(listenerLimits.sweepMs);
    const version = this.#options.version?.();
    if (version !== this.#version) for (const connection of this.#peers) connection.availability.announceGained();
    this.#version = version;
    this.#slots.tick(listenerLimits.sweepMs);
  }
}
