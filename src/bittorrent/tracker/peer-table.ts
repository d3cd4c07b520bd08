/**
 * The peers of one swarm that share an address family, seeders first. A peer is its endpoint:
 *
 *     [ seeder  seeder | leecher  leecher  leecher | candidate … ]
 *
 * Each step for one peer takes the same time however many there are; a sample copies only what it gives. Behind the
 * last peer there is room for one more: the endpoint that is looked for is written there, and stays if it is new. Pure.
 */
import type { IpAddress } from '../../bytes/ip.ts';
import type { PeerList } from '../../protocols/tracker/types.ts';
import type { EndpointHash } from './endpoint-hash.ts';
import { PeerColumns, tickMask } from './peer-columns.ts';
import { PeerIndex } from './peer-index.ts';
import { idBytes, PeerListWriter, type TrackedPeer } from './peer-list.ts';
import type { Picks } from './picks.ts';

const portBytes = 2;
const capacityMin = 4;
/** Seconds of a tick: 2^15 ticks are a day and a half, and nobody stays unseen for that long. */
export const tickSeconds = 4;

export interface SampleOptions {
  /** The number of peers that are wanted; at least 1 where there is a `first`. */
  readonly wanted: number;
  /** Whether seeders may be among them. */
  readonly seeders: boolean;
  /** The position of the peer that is to be left out; -1 for none. */
  readonly except: number;
  /** Whether the peers' ids are of use. */
  readonly withIds: boolean;
  /** A peer to be put before the others. */
  readonly first?: TrackedPeer | undefined;
}

export class PeerTable {
  readonly #hash: EndpointHash;
  readonly #hashAt = (position: number): number => {
    const { endpoints, endpointBytes } = this.#columns;
    return this.#hash(endpoints, position * endpointBytes, endpointBytes);
  };
  #columns: PeerColumns;
  #index = new PeerIndex(capacityMin);
  #size = 0;
  #seeders = 0;

  constructor(addressBytes: 4 | 16, hash: EndpointHash) {
    this.#hash = hash;
    this.#columns = new PeerColumns(addressBytes + portBytes, capacityMin);
  }

  get size(): number {
    return this.#size;
  }

  get seeders(): number {
    return this.#seeders;
  }

  /** The position of the peer at `address` and `port`, good until the next change; -1 when it is not here. */
  find(address: IpAddress, port: number): number {
    this.#columns.setEndpoint(this.#size, address, port);
    const hash = this.#hashAt(this.#size);
    for (let slot = this.#index.home(hash); ; slot = this.#index.next(slot)) {
      const position = this.#index.position(slot);
      if (position < 0 || this.#columns.isSameEndpoint(position, this.#size)) return position;
    }
  }

  /** Adds the peer that `find` has just not found; returns its position. */
  add(peerId: Uint8Array, seeder: boolean): number {
    const position = this.#size;
    this.#columns.setId(position, peerId);
    this.#index.add(this.#hashAt(position), position);
    this.#size += 1;
    if (this.#size === this.#columns.capacity) this.#resize(this.#size * 2);
    return seeder ? this.#toSeeders(position) : position;
  }

  /** Notes whether a peer is a seeder now; returns its position from then on. */
  setSeeder(position: number, seeder: boolean): number {
    const isSeeder = position < this.#seeders;
    if (isSeeder === seeder) return position;
    return seeder ? this.#toSeeders(position) : this.#toLeechers(position);
  }

  /** The peer was seen at `tick`. */
  see(position: number, tick: number): void {
    this.#columns.setTick(position, tick);
  }

  /** Notes that the peer has completed its download; false if that was noted before. */
  complete(position: number): boolean {
    if (this.#columns.isCompleted(position)) return false;
    this.#columns.setCompleted(position);
    return true;
  }

  remove(position: number): void {
    const leecher = position < this.#seeders ? this.#toLeechers(position) : position;
    const last = this.#size - 1;
    this.#swap(leecher, last);
    this.#index.remove(this.#hashAt(last), last, this.#hashAt);
    this.#size = last;
    const { capacity } = this.#columns;
    if (this.#size * 8 < capacity && capacity > capacityMin) this.#resize(capacity / 2);
  }

  /** Removes who has not been seen for more than `ticks`. */
  expire(now: number, ticks: number): void {
    // From the end on: what takes the place of a removed peer has been looked at.
    for (let position = this.#size - 1; position >= 0; position -= 1) {
      if (((now - this.#columns.tick(position)) & tickMask) > ticks) this.remove(position);
    }
  }

  /** Some peers at random, `first` among them; fewer than wanted only when there are no more. */
  sample({ wanted, seeders, except, withIds, first }: SampleOptions, picks: Picks): PeerList {
    const from = seeders ? 0 : this.#seeders;
    const skipped = except >= from;
    const candidates = this.#size - from - (skipped ? 1 : 0);
    const others = Math.min(wanted - (first === undefined ? 0 : 1), candidates);
    const positions = picks.draw(others, candidates);
    for (let index = 0; index < others; index += 1) {
      const position = from + (positions[index] as number);
      positions[index] = skipped && position >= except ? position + 1 : position;
    }
    const list = new PeerListWriter(this.#columns.endpointBytes, others + (first === undefined ? 0 : 1), withIds);
    if (first !== undefined) list.addEndpoint(first);
    list.addPeers(this.#columns, positions, others);
    return list;
  }

  /** All peers, seeders first. */
  *endpoints(): Generator<TrackedPeer & { readonly seeder: boolean }> {
    for (let position = 0; position < this.#size; position += 1) yield this.#at(position);
  }

  /** At most `max` peers: all of them, seeders first, or as many at random. */
  some(max: number, picks: Picks): (TrackedPeer & { readonly seeder: boolean })[] {
    if (this.#size <= max) return [...this.endpoints()];
    return Array.from(picks.draw(max, this.#size).subarray(0, max), (position) => this.#at(position));
  }

  #at(position: number): TrackedPeer & { readonly seeder: boolean } {
    const { endpoints, ids, endpointBytes } = this.#columns;
    const portAt = (position + 1) * endpointBytes - portBytes;
    return {
      address: Uint8Array.from(endpoints.subarray(position * endpointBytes, portAt)),
      port: endpoints.readUInt16BE(portAt),
      peerId: Uint8Array.from(ids.subarray(position * idBytes, (position + 1) * idBytes)),
      seeder: position < this.#seeders,
    };
  }

  /** Seeders end where leechers begin: the first leecher and this one change places, then the border moves. */
  #toSeeders(position: number): number {
    this.#swap(position, this.#seeders);
    this.#seeders += 1;
    return this.#seeders - 1;
  }

  #toLeechers(position: number): number {
    this.#swap(position, this.#seeders - 1);
    this.#seeders -= 1;
    return this.#seeders;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    this.#index.swap(this.#hashAt(a), a, this.#hashAt(b), b);
    this.#columns.copy(a, this.#size);
    this.#columns.copy(b, a);
    this.#columns.copy(this.#size, b);
  }

  #resize(capacity: number): void {
    this.#columns = this.#columns.resized(capacity, this.#size);
    this.#index = new PeerIndex(capacity);
    for (let position = 0; position < this.#size; position += 1) this.#index.add(this.#hashAt(position), position);
  }
}
