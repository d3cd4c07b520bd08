/**
 * The address of ours that a client reaches us at, for a UDP socket: of a socket that listens on every address the
 * kernel only says so when it is asked which one it would send from.
 */
import { createSocket } from 'node:dgram';
import { isAnyIp, parseIp } from '../../bytes/ip.ts';

/** The number of clients whose answers are kept, and for how long: a laptop moves to another network. */
const keptMax = 1024;
const keptMs = 60_000;

export class LocalAddresses {
  readonly #bound: string | undefined;
  readonly #now: () => number;
  readonly #known = new Map<string, string>();
  #knownSince = 0;

  /** Answers for a socket that listens on the address `bound`. */
  constructor(bound: string, now: () => number) {
    const address = parseIp(bound);
    this.#bound = address !== undefined && isAnyIp(address) ? undefined : bound;
    this.#now = now;
  }

  /** The address that the client at `remote` reaches; a promise only when the kernel must be asked. */
  for(remote: string): string | Promise<string> {
    return this.#bound ?? this.#kept(remote) ?? this.#ask(remote);
  }

  #kept(remote: string): string | undefined {
    if (this.#known.size > keptMax || this.#now() - this.#knownSince > keptMs) {
      this.#known.clear();
      this.#knownSince = this.#now();
    }
    return this.#known.get(remote);
  }

  async #ask(remote: string): Promise<string> {
    const address = await sourceFor(remote);
    this.#known.set(remote, address);
    return address;
  }
}

/** Asks the kernel for the route by connecting a UDP socket, which sends nothing. */
function sourceFor(remote: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(remote.includes(':') ? 'udp6' : 'udp4');
    const settle = (finish: () => void): void => {
      socket.close();
      finish();
    };
    socket.once('error', (error) => settle(() => reject(error)));
    socket.connect(discardPort, remote, () => {
      const { address } = socket.address();
      settle(() => resolve(address));
    });
  });
}

/** The port that is connected to, of the discard protocol (RFC 863); any would do. */
const discardPort = 9;
