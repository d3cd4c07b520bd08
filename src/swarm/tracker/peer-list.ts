/** Puts together the list of peers that goes into an answer. It knows the bytes of the list, not who is in it or why. */
import type { IpAddress } from '../../bytes/ip.ts';
import { hashBytes, type PeerList } from '../../protocols/tracker/types.ts';

export const idBytes = hashBytes;

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
}

const noBytes = Buffer.alloc(0);
/** Nobody. */
export const noPeers: PeerList = { compact: noBytes, ids: noBytes };

export class PeerListWriter implements PeerList {
  readonly compact: Buffer;
  readonly ids: Buffer;
  readonly #endpointBytes: number;
  #count = 0;

  /** For `length` peers, of 6 or 18 bytes each. */
  constructor(endpointBytes: number, length: number, withIds: boolean) {
    this.#endpointBytes = endpointBytes;
    this.compact = Buffer.allocUnsafe(length * endpointBytes);
    this.ids = withIds ? Buffer.allocUnsafe(length * idBytes) : noBytes;
  }

  addEndpoint({ address, port, peerId }: Endpoint): void {
    const at = this.#count * this.#endpointBytes;
    this.compact.set(address, at);
    this.compact.writeUInt16BE(port, at + address.length);
    if (this.ids !== noBytes) this.ids.set(peerId, this.#count * idBytes);
    this.#count += 1;
  }

  /** What begins at `offset`: the endpoint, then the id. */
  addRecord(records: Buffer, offset: number): void {
    const at = this.#count * this.#endpointBytes;
    for (let byte = 0; byte < this.#endpointBytes; byte += 1) {
      this.compact[at + byte] = records[offset + byte] as number;
    }
    const idAt = offset + this.#endpointBytes;
    if (this.ids !== noBytes) this.ids.set(records.subarray(idAt, idAt + idBytes), this.#count * idBytes);
    this.#count += 1;
  }
}
