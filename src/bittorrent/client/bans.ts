/**
 * Peers that gave bytes that do not hash: known again by where they can be dialled, and by their ids. An id says
 * something together with its address only: a liar may take that of another, to have it banned.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { WireConnection } from '../peers/connection.ts';

/** The oldest are forgotten. */
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
    return this.#keys.has(addressKey(remote));
  }
}

function keysOf({ remoteAddress, remotePort, listenPort, peerId }: WireConnection): string[] {
  const ports = listenPort === undefined ? [remotePort] : [remotePort, listenPort];
  const id = `${remoteAddress} ${peerId.toString('hex')}`;
  return [...ports.map((port) => addressKey({ address: remoteAddress, port })), id];
}

function addressKey({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
