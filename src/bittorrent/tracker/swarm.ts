/** One swarm of the tracker: its peers of both address families, and the number of completed downloads. Pure. */
import type { TorrentId } from '../../bytes/ids.ts';
import type { IpAddress } from '../../bytes/ip.ts';
import type { SwarmCounts } from '../../protocols/tracker/types.ts';
import type { EndpointHash } from './endpoint-hash.ts';
import type { TrackedPeer } from './peer-list.ts';
import { PeerTable } from './peer-table.ts';
import type { Picks } from './picks.ts';

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

  /** At most `max` peers: all of them, or as many at random, half of them of either family where there are enough. */
  some(max: number, picks: Picks): (TrackedPeer & { readonly seeder: boolean })[] {
    const [ipv4 = 0, ipv6 = 0] = [this.#ipv4?.size, this.#ipv6?.size];
    const half = Math.floor(max / 2);
    const ipv6Max = Math.min(ipv6, Math.max(half, max - ipv4));
    return [...(this.#ipv4?.some(max - ipv6Max, picks) ?? []), ...(this.#ipv6?.some(ipv6Max, picks) ?? [])];
  }
}
