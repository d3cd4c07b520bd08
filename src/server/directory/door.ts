/**
 * The directory's door: lets clients in, as many as there is room for, lets time pass for them, and ends them all.
 *
 * Who is gone without a word is noticed by TCP itself: after a minute of silence the kernel asks (keep-alive), and
 * closes the connection when nobody answers. So a person may be silent for as long as they like.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../async/clock.ts';
import { formatIp, ipBytes } from '../../bytes/ip.ts';
import type { DirectoryCounters } from '../../directory/counters.ts';
import { type Directory, directoryBounds } from '../../directory/directory.ts';
import { DirectorySession } from '../../directory/session.ts';
import type { Log } from '../../io/log.ts';
import { DirectoryConnection, type DirectoryConnectionEvents } from './connection.ts';

export const directoryDoorLimits = {
  connections: directoryBounds.users,
  /** Silence after which the kernel asks whether a client is still there. */
  keepAliveMs: 60_000,
  sweepMs: 10_000,
} as const;

export interface DirectoryDoorOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly directory: Directory;
  readonly counters: DirectoryCounters;
  readonly log: Log;
  /** If fewer than `directoryDoorLimits.connections`. */
  readonly connectionsMax: number;
  readonly every?: Clock['every'];
}

export class DirectoryDoor {
  readonly #options: DirectoryDoorOptions;
  readonly #server: Server;
  readonly #connections = new Set<DirectoryConnection>();
  readonly #stopSweep: () => void;

  /** Fails with a system error, such as EADDRINUSE. */
  static async open(options: DirectoryDoorOptions): Promise<DirectoryDoor> {
    const { keepAliveMs } = directoryDoorLimits;
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    server.listen({ host: options.host, port: options.port, backlog: 1024 });
    await once(server, 'listening');
    return new DirectoryDoor(options, server);
  }

  private constructor(options: DirectoryDoorOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => options.log.error('directory', 'a connection could not be accepted', {}, error));
    this.#stopSweep = (options.every ?? systemClock.every)(directoryDoorLimits.sweepMs, () => this.#sweep());
  }

  get address(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Ends all connections. Settles when the port is free. */
  async close(): Promise<void> {
    this.#stopSweep();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.end('ERR stopping the server stops\n');
    // Who does not take even that is not waited for.
    setImmediate(() => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
  }

  #accept(socket: Socket): void {
    const { directory, counters } = this.#options;
    const connectionsMax = Math.min(this.#options.connectionsMax, directoryDoorLimits.connections);
    // Undefined when it was closed before we came to it.
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || this.#connections.size >= connectionsMax) {
      socket.on('error', () => socket.destroy());
      socket.end('ERR full there are too many connections\n', () => socket.destroy());
      return;
    }
    const session = new DirectorySession(directory, counters, formatIp(ipBytes(remoteAddress)));
    this.#connections.add(new DirectoryConnection(socket, session, this.#events));
  }

  readonly #events: DirectoryConnectionEvents = {
    onClose: (connection) => this.#connections.delete(connection),
    onFault: (error) => this.#options.log.error('directory', 'a client could not be answered', {}, error),
  };

  #sweep(): void {
    for (const connection of this.#connections) connection.passed(directoryDoorLimits.sweepMs);
  }
}
