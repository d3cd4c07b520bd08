/**
 * The facts about the peers of a table, each peer at a position, each fact in a column of its own: a sample touches
 * many endpoints and nothing else, so they should lie close together in memory. Pure.
 *
 *     endpoints   address 4 or 16 | port 2
 *     ids         20 bytes
 *     marks       completed: 1 bit | time at which it was last seen: 15 bits, in ticks
 */
import type { IpAddress } from '../../bytes/ip.ts';
import { idBytes } from './peer-list.ts';

const completedMark = 0x8000;
export const tickMask = 0x7fff;

export class PeerColumns {
  readonly endpointBytes: number;
  readonly endpoints: Buffer;
  readonly ids: Buffer;
  readonly #marks: Uint16Array;

  constructor(endpointBytes: number, capacity: number) {
    this.endpointBytes = endpointBytes;
    this.endpoints = Buffer.alloc(capacity * endpointBytes);
    this.ids = Buffer.alloc(capacity * idBytes);
    this.#marks = new Uint16Array(capacity);
  }

  get capacity(): number {
    return this.#marks.length;
  }

  setEndpoint(position: number, address: IpAddress, port: number): void {
    const at = position * this.endpointBytes;
    for (let byte = 0; byte < address.length; byte += 1) this.endpoints[at + byte] = address[byte] as number;
    this.endpoints[at + address.length] = port >> 8;
    this.endpoints[at + address.length + 1] = port;
  }

  isSameEndpoint(a: number, b: number): boolean {
    const { endpoints, endpointBytes } = this;
    for (let byte = 0; byte < endpointBytes; byte += 1) {
      if (endpoints[a * endpointBytes + byte] !== endpoints[b * endpointBytes + byte]) return false;
    }
    return true;
  }

  /** Puts a new peer, which has completed nothing, at `position`. */
  setId(position: number, peerId: Uint8Array): void {
    this.ids.set(peerId, position * idBytes);
    this.#marks[position] = 0;
  }

  /** The tick at which a peer was last seen, modulo 2^15. */
  tick(position: number): number {
    return this.#mark(position) & tickMask;
  }

  setTick(position: number, tick: number): void {
    this.#marks[position] = (this.#mark(position) & completedMark) | (tick & tickMask);
  }

  isCompleted(position: number): boolean {
    return (this.#mark(position) & completedMark) !== 0;
  }

  setCompleted(position: number): void {
    this.#marks[position] = this.#mark(position) | completedMark;
  }

  copy(from: number, to: number): void {
    const { endpointBytes } = this;
    this.endpoints.copyWithin(to * endpointBytes, from * endpointBytes, (from + 1) * endpointBytes);
    this.ids.copyWithin(to * idBytes, from * idBytes, (from + 1) * idBytes);
    this.#marks[to] = this.#mark(from);
  }

  /** A copy of the first `size` positions, with room for `capacity`. */
  resized(capacity: number, size: number): PeerColumns {
    const columns = new PeerColumns(this.endpointBytes, capacity);
    this.endpoints.copy(columns.endpoints, 0, 0, size * this.endpointBytes);
    this.ids.copy(columns.ids, 0, 0, size * idBytes);
    columns.#marks.set(this.#marks.subarray(0, size));
    return columns;
  }

  #mark(position: number): number {
    return this.#marks[position] as number;
  }
}
