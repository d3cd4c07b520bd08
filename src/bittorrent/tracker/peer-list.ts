/** Puts together the bytes of the list of peers that goes into a response. Pure. */
import type { IpAddress } from '../../bytes/ip.ts';
import { hashBytes, type PeerList } from '../../protocols/tracker/types.ts';

export const idBytes = hashBytes;

/** A peer that announced itself, as others are told of it. */
export interface TrackedPeer {
  readonly address: IpAddress;
  readonly port: number;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
}

/** Peers by position: the endpoints of all, one after the other, and their ids. */
export interface PeerSource {
  readonly endpoints: Buffer;
  readonly ids: Buffer;
}

const noBytes = Buffer.alloc(0);
/** An empty list. */
export const noPeers: PeerList = { compact: noBytes, ids: noBytes };

export class PeerListWriter implements PeerList {
  readonly compact: Buffer;
  readonly ids: Buffer;
  readonly #endpointBytes: number;
  #count = 0;

  /** Makes room for `length` peers, of 6 or 18 bytes each. */
  constructor(endpointBytes: number, length: number, withIds: boolean) {
    this.#endpointBytes = endpointBytes;
    this.compact = Buffer.allocUnsafe(length * endpointBytes);
    this.ids = withIds ? Buffer.allocUnsafe(length * idBytes) : noBytes;
  }

  addEndpoint({ address, port, peerId }: TrackedPeer): void {
    const at = this.#count * this.#endpointBytes;
    this.compact.set(address, at);
    this.compact.writeUInt16BE(port, at + address.length);
    if (this.ids !== noBytes) this.ids.set(peerId, this.#count * idBytes);
    this.#count += 1;
  }

  /** Adds the peers at the first `count` of `positions`. */
  addPeers(peers: PeerSource, positions: Int32Array, count: number): void {
    const bytes = this.#endpointBytes;
    let at = this.#count * bytes;
    for (let index = 0; index < count; index += 1, at += bytes)
      copy(peers.endpoints, (positions[index] as number) * bytes, this.compact, at, bytes);
    if (this.ids !== noBytes) this.#addIds(peers.ids, positions, count);
    this.#count += count;
  }

  #addIds(ids: Buffer, positions: Int32Array, count: number): void {
    for (let index = 0; index < count; index += 1)
      copy(ids, (positions[index] as number) * idBytes, this.ids, (this.#count + index) * idBytes, idBytes);
  }
}

/** Copies byte by byte: for so few bytes a call into Node costs ten times as much. */
function copy(from: Buffer, fromAt: number, to: Buffer, toAt: number, bytes: number): void {
  for (let byte = 0; byte < bytes; byte += 1) to[toAt + byte] = from[fromAt + byte] as number;
}
