/** The mini-server of a user: the door that others fetch files through. Knows how many may come, not what they want. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { OwnFiles } from './own-files.ts';
import { Upload } from './upload.ts';

/** Each holds a buffer of 128 KiB: 32 MiB in all. */
export const downloadsMax = 256;

export interface MiniServerOptions {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  /** 0 for a free one. */
  readonly port: number;
  readonly files: OwnFiles;
  /** What nobody else is told. */
  readonly onFault: (error: unknown) => void;
}

export class MiniServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Fails with a system error, such as EADDRINUSE. */
  static async open(options: MiniServerOptions): Promise<MiniServer> {
    const { host, port } = options;
    // Half-open: who has sent the request and ends its side still gets the file.
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

  /** Ends all downloads; who wants the rest can ask again later. */
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
