/**
 * The mini-server of a user: the listener at which others fetch files. It limits their number; `upload.ts` serves one.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { OwnFiles } from './own-files.ts';
import { Upload } from './upload.ts';

/** Downloads at once; each holds a buffer of 128 KiB, so 32 MiB in all. */
export const downloadsMax = 256;

/** The settings and collaborators of a mini-server. */
export interface MiniServerOptions {
  /** The address to listen on; undefined for all addresses of the machine. */
  readonly host: string | undefined;
  /** 0 for a free port. */
  readonly port: number;
  readonly files: OwnFiles;
  /** Gets the faults that no client is told. */
  readonly onFault: (error: unknown) => void;
}

/** A TCP port at which others fetch the user's files. */
export class MiniServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Begins to listen. Fails with a system error, such as EADDRINUSE. */
  static async open(options: MiniServerOptions): Promise<MiniServer> {
    const { host, port } = options;
    // Half-open: a client that ends its side after the request still gets the file.
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true });
    server.listen({ port, ...(host !== undefined && { host }) });
    await once(server, 'listening');
    return new MiniServer(server, options);
  }

  private constructor(server: Server, { files, onFault }: MiniServerOptions) {
    this.#server = server;
    server.on('error', onFault);
    server.on('connection', (socket) => this.#accept(socket, files, onFault));
  }

  get address(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all downloads; clients can fetch the rest later. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket, files: OwnFiles, onFault: (error: unknown) => void): void {
    if (this.#sockets.size >= downloadsMax) {
      socket.on('error', () => socket.destroy());
      socket.end('ERR busy too many downloads at once\n', () => socket.destroy());
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    new Upload(socket, files, onFault);
  }
}
