/** One swarm of the tracker: its peers of both address families, and the number of completed downloads. Pure. */
import type { TorrentId } from '../../bytes/ids.ts';
import type { IpAddress } from '../../bytes/ip.ts';
import type { SwarmCounts } from '../../protocols/tracker/types.ts';
import type { EndpointHash } from './endpoint-hash.ts';
import type { TrackedPeer } from './peer-list.ts';
import { PeerTable } from './peer-table.ts';

export class TrackedSwarm {
  readonly infoHash: TorrentId;
  /** Downloads that peers said were completed. */
  completed = 0;
  readonly #hash: EndpointHash;
  #ipv4: PeerTable | undefined;
  #ipv6: PeerTable | undefined;

  constructor(infoHash: TorrentId, hash: EndpointHash) {
    this.infoHash = infoHash;
    this.#hash = hash;
  }

  get size(): number {
    return (this.#ipv4?.size ?? 0) + (this.#ipv6?.size ?? 0);
  }

  get counts(): SwarmCounts {
    const seeders = (this.#ipv4?.seeders ?? 0) + (this.#ipv6?.seeders ?? 0);
    return { seeders, completed: this.completed, leechers: this.size - seeders };
  }

  /** The peers of the family of `address`. */
  tableFor(address: IpAddress): PeerTable {
    if (address.length === 4) {
      this.#ipv4 ??= new PeerTable(4, this.#hash);
      return this.#ipv4;
    }
    this.#ipv6 ??= new PeerTable(16, this.#hash);
    return this.#ipv6;
  }

  /** The peers of the other family, if there are any. */
  otherTable(address: IpAddress): PeerTable | undefined {
    return address.length === 4 ? this.#ipv6 : this.#ipv4;
  }

  /** Removes peers that have not been seen for more than `ticks`. */
  expire(now: number, ticks: number): void {
    this.#ipv4?.expire(now, ticks);
    this.#ipv6?.expire(now, ticks);
  }

  *endpoints(): Generator<TrackedPeer & { readonly seeder: boolean }> {
    if (this.#ipv4 !== undefined) yield* this.#ipv4.endpoints();
    if (this.#ipv6 !== undefined) yield* this.#ipv6.endpoints();
  }
}
