/**
 * Peers that gave bytes that do not hash: known again by the endpoints at which they can be dialled, and by their peer
 * ids. An id counts only together with its address: a bad peer may take the id of another, to have that one banned.
 */
import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts';
import type { WireConnection } from '../peers/connection.ts';

/** Keys that are remembered; the oldest are forgotten. */
const keysMax = 10_000;

export class Bans {
  readonly #keys = new Set<string>();

  add(connection: WireConnection): void {
    for (const key of keysOf(connection)) this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= keysMax) return;
      this.#keys.delete(oldest);
    }
  }

  has(connection: WireConnection): boolean {
    return keysOf(connection).some((key) => this.#keys.has(key));
  }

  hasAddress(remote: Endpoint): boolean {
    return this.#keys.has(formatEndpoint(remote));
  }
}

function keysOf({ remote, listenPort, peerId }: WireConnection): string[] {
  const { address } = remote;
  const dialled = listenPort === undefined ? [] : [formatEndpoint({ address, port: listenPort })];
  return [formatEndpoint(remote), ...dialled, `${address} ${peerId.toString('hex')}`];
}
