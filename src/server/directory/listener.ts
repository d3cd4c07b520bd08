/**
 * The directory's listener: accepts clients, up to a limit, ticks their connections, and ends them all.
 *
 * A client that is gone without a word is noticed by TCP: after a minute of silence the kernel probes (keep-alive), and
 * closes the connection when no acknowledgement comes. So a person may be silent for as long as they like.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../async/clock.ts';
import { formatEndpoint } from '../../bytes/endpoint.ts';
import { formatIp, ipBytes } from '../../bytes/ip.ts';
import { observerOf, type Trace } from '../../bytes/trace.ts';
import type { DirectoryCounters } from '../../directory/counters.ts';
import { type Directory, directoryBounds } from '../../directory/directory.ts';
import { DirectorySession } from '../../directory/session.ts';
import type { Log } from '../../io/log.ts';
import { sentLines } from '../../protocols/directory/trace.ts';
import { DirectoryConnection, type DirectoryConnectionEvents } from './connection.ts';

/** The limits of the listener. */
export const directoryListenerLimits = {
  connections: directoryBounds.users,
  /** The silence after which the kernel sends a keep-alive probe. */
  keepAliveMs: 60_000,
  /** The time between two ticks of the connections. */
  tickMs: 10_000,
} as const;

/** The settings and collaborators of a listener. */
export interface DirectoryListenerOptions {
  readonly host: string;
  /** 0 for a free port. */
  readonly port: number;
  readonly directory: Directory;
  readonly counters: DirectoryCounters;
  readonly log: Log;
  readonly trace?: Trace | undefined;
  /** A limit below `directoryListenerLimits.connections`. */
  readonly connectionsMax: number;
  readonly clock?: Pick<Clock, 'every'>;
}

/** A TCP port at which the directory is reached. */
export class DirectoryListener {
  readonly #options: DirectoryListenerOptions;
  readonly #server: Server;
  readonly #connections = new Set<DirectoryConnection>();
  readonly #stopTicking: () => void;

  /** Begins to listen. Fails with a system error, such as EADDRINUSE. */
  static async open(options: DirectoryListenerOptions): Promise<DirectoryListener> {
    const { keepAliveMs } = directoryListenerLimits;
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    server.listen({ host: options.host, port: options.port, backlog: 1024 });
    await once(server, 'listening');
    return new DirectoryListener(options, server);
  }

  private constructor(options: DirectoryListenerOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => options.log.error('directory', 'a connection could not be accepted', {}, error));
    const { tickMs } = directoryListenerLimits;
    this.#stopTicking = (options.clock ?? systemClock).every(tickMs, () => this.#tick(tickMs));
  }

  get address(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Ends all connections. Settles when the port is free. */
  async close(): Promise<void> {
    this.#stopTicking();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.end('ERR stopping the server stops\n');
    // A client that does not read even that is not waited for.
    setImmediate(() => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
  }

  #accept(socket: Socket): void {
    const { directory, counters, trace } = this.#options;
    const connectionsMax = Math.min(this.#options.connectionsMax, directoryListenerLimits.connections);
    // Undefined when the connection is closed already.
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || this.#connections.size >= connectionsMax) {
      socket.on('error', () => socket.destroy());
      socket.end('ERR full there are too many connections\n', () => socket.destroy());
      return;
    }
    const address = formatIp(ipBytes(remoteAddress));
    const remote = formatEndpoint({ address, port: socket.remotePort ?? 0 });
    const session = new DirectorySession(directory, counters, address, observerOf(trace, remote, '>'));
    const sent = observerOf(trace, remote, '<');
    this.#connections.add(new DirectoryConnection(socket, session, this.#events, sent && sentLines(sent)));
  }

  readonly #events: DirectoryConnectionEvents = {
    onClose: (connection) => this.#connections.delete(connection),
    onFault: (error) => this.#options.log.error('directory', 'a client could not be answered', {}, error),
  };

  #tick(ms: number): void {
    for (const connection of this.#connections) connection.tick(ms);
  }
}
