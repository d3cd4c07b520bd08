/**
 * The peers of one swarm that share an address family, in one array of bytes, seeders first:
 *
 *     record     address 4 or 16 | port 2 | peer id 20 | mark 2        28 or 40 bytes a peer
 *     mark       completed: 1 bit | when it was last seen: 15 bits, in ticks of 4 s
 *     records    [ seeder  seeder | leecher  leecher  leecher | candidate … ]
 *
 * Whatever is done to one peer takes the same time however many there are; a sample copies only what it gives. Behind
 * the last record there is room for one more: the endpoint that is looked for is written there, and stays if it is new.
 */
import type { IpAddress } from '../../bytes/ip.ts';
import type { PeerList } from '../../protocols/tracker/types.ts';
import type { EndpointHash } from './endpoint-hash.ts';
import { PeerIndex } from './peer-index.ts';
import { type Endpoint, idBytes, PeerListWriter } from './peer-list.ts';
import type { Picks } from './picks.ts';

const portBytes = 2;
const markBytes = 2;
const capacityMin = 4;
const completedMark = 0x8000;
const tickMask = 0x7fff;
/** 2^15 of them are a day and a half; nobody stays unseen for that long. */
export const tickSeconds = 4;

export interface SampleOptions {
  /** At least 1 where there is a `first`. */
  readonly wanted: number;
  /** Whether seeders may be in it. */
  readonly seeders: boolean;
  /** The position of the peer that is to be left out; -1 for none. */
  readonly except: number;
  /** Whether the peers' ids are of use. */
  readonly withIds: boolean;
  /** A peer to be put before the others. */
  readonly first?: Endpoint | undefined;
}

export class PeerTable {
  readonly #addressBytes: number;
  readonly #endpointBytes: number;
  readonly #recordBytes: number;
  readonly #hash: EndpointHash;
  readonly #hashAt = (position: number): number =>
    this.#hash(this.#records, position * this.#recordBytes, this.#endpointBytes);
  #capacity = capacityMin;
  #records: Buffer;
  #index = new PeerIndex(capacityMin);
  #size = 0;
  #seeders = 0;

  constructor(addressBytes: 4 | 16, hash: EndpointHash) {
    this.#addressBytes = addressBytes;
    this.#endpointBytes = addressBytes + portBytes;
    this.#recordBytes = this.#endpointBytes + idBytes + markBytes;
    this.#hash = hash;
    this.#records = Buffer.alloc(capacityMin * this.#recordBytes);
  }

  get size(): number {
    return this.#size;
  }

  get seeders(): number {
    return this.#seeders;
  }

  /** The position of the peer at `address` and `port`, good until the next change; -1 when it is not here. */
  find(address: IpAddress, port: number): number {
    const candidate = this.#size * this.#recordBytes;
    this.#records.set(address, candidate);
    this.#records[candidate + this.#addressBytes] = port >> 8;
    this.#records[candidate + this.#addressBytes + 1] = port;
    const hash = this.#hashAt(this.#size);
    for (let slot = this.#index.home(hash); ; slot = this.#index.next(slot)) {
      const position = this.#index.position(slot);
      if (position < 0 || this.#isSame(position * this.#recordBytes, candidate)) return position;
    }
  }

  /** Adds the peer that `find` has just not found; answers its position. */
  add(peerId: Uint8Array, seeder: boolean): number {
    const position = this.#size;
    const idAt = position * this.#recordBytes + this.#endpointBytes;
    this.#records.set(peerId, idAt);
    this.#records.writeUInt16BE(0, idAt + idBytes);
    this.#index.add(this.#hashAt(position), position);
    this.#size += 1;
    if (this.#size === this.#capacity) this.#resize(this.#capacity * 2);
    return seeder ? this.#toSeeders(position) : position;
  }

  /** Says what the peer is now; answers its position from then on. */
  setSeeder(position: number, seeder: boolean): number {
    const isSeeder = position < this.#seeders;
    if (isSeeder === seeder) return position;
    return seeder ? this.#toSeeders(position) : this.#toLeechers(position);
  }

  /** The peer was seen at `tick`. */
  see(position: number, tick: number): void {
    this.#setMark(position, (this.#mark(position) & completedMark) | (tick & tickMask));
  }

  /** Notes that the peer has completed its download; false if that was noted before. */
  complete(position: number): boolean {
    const mark = this.#mark(position);
    this.#setMark(position, mark | completedMark);
    return (mark & completedMark) === 0;
  }

  remove(position: number): void {
    const leecher = position < this.#seeders ? this.#toLeechers(position) : position;
    const last = this.#size - 1;
    this.#swap(leecher, last);
    this.#index.remove(this.#hashAt(last), last, this.#hashAt);
    this.#size = last;
    if (this.#size * 8 < this.#capacity && this.#capacity > capacityMin) this.#resize(this.#capacity / 2);
  }

  /** Removes who has not been seen for more than `ticks`. */
  expire(now: number, ticks: number): void {
    // From the end on: what takes the place of a removed record has been looked at.
    for (let position = this.#size - 1; position >= 0; position -= 1) {
      if (((now - this.#mark(position)) & tickMask) > ticks) this.remove(position);
    }
  }

  /** Peers at random, `first` among them; fewer than wanted only when there are no more. */
  sample({ wanted, seeders, except, withIds, first }: SampleOptions, picks: Picks): PeerList {
    const from = seeders ? 0 : this.#seeders;
    const skipped = except >= from;
    const others = Math.min(wanted - (first === undefined ? 0 : 1), this.#size - from - (skipped ? 1 : 0));
    const list = new PeerListWriter(this.#endpointBytes, others + (first === undefined ? 0 : 1), withIds);
    if (first !== undefined) list.addEndpoint(first);
    const offsets = picks.draw(others, this.#size - from - (skipped ? 1 : 0));
    for (let index = 0; index < others; index += 1) {
      const position = from + (offsets[index] as number);
      offsets[index] = (skipped && position >= except ? position + 1 : position) * this.#recordBytes;
    }
    list.addRecords(this.#records, offsets, others);
    return list;
  }

  /** All peers, seeders first. */
  *endpoints(): Generator<Endpoint & { readonly seeder: boolean }> {
    for (let position = 0; position < this.#size; position += 1) {
      const portAt = position * this.#recordBytes + this.#addressBytes;
      yield {
        address: Uint8Array.from(this.#records.subarray(portAt - this.#addressBytes, portAt)),
        port: this.#records.readUInt16BE(portAt),
        peerId: Uint8Array.from(this.#records.subarray(portAt + portBytes, portAt + portBytes + idBytes)),
        seeder: position < this.#seeders,
      };
    }
  }

  #isSame(a: number, b: number): boolean {
    for (let byte = 0; byte < this.#endpointBytes; byte += 1) {
      if (this.#records[a + byte] !== this.#records[b + byte]) return false;
    }
    return true;
  }

  #mark(position: number): number {
    return this.#records.readUInt16BE((position + 1) * this.#recordBytes - markBytes);
  }

  #setMark(position: number, mark: number): void {
    this.#records.writeUInt16BE(mark, (position + 1) * this.#recordBytes - markBytes);
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
    this.#copy(a, this.#size);
    this.#copy(b, a);
    this.#copy(this.#size, b);
  }

  #copy(from: number, to: number): void {
    const at = from * this.#recordBytes;
    this.#records.copyWithin(to * this.#recordBytes, at, at + this.#recordBytes);
  }

  #resize(capacity: number): void {
    const records = Buffer.alloc(capacity * this.#recordBytes);
    this.#records.copy(records, 0, 0, this.#size * this.#recordBytes);
    this.#records = records;
    this.#capacity = capacity;
    this.#index = new PeerIndex(capacity);
    for (let position = 0; position < this.#size; position += 1) this.#index.add(this.#hashAt(position), position);
  }
}
