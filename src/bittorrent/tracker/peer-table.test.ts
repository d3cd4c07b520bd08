import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../test/fuzz/random.ts';
import { formatIp } from '../../bytes/ip.ts';
import { createEndpointHash, type EndpointHash } from './endpoint-hash.ts';
import { PeerTable } from './peer-table.ts';
import { Picks } from './picks.ts';

const picks = new Picks(() => 0.5);
const ticksMax = 100;
const addressOf = (family: 4 | 16, host: number): Uint8Array => new Uint8Array(family).fill(9).with(family - 1, host);
const idOf = (port: number): Buffer => Buffer.alloc(20, `peer ${port},`);

interface Peer {
  readonly address: Uint8Array;
  readonly port: number;
  seeder: boolean;
  tick: number;
  completed: boolean;
}

/** A model of a peer table, done simply. */
class Model {
  readonly peers = new Map<string, Peer>();
  #tick = 0;
  readonly table: PeerTable;

  constructor(table: PeerTable) {
    this.table = table;
  }

  announce(address: Uint8Array, port: number, seeder: boolean, completed: boolean): void {
    const key = `${formatIp(address)} ${port}`;
    const found = this.table.find(address, port);
    const known = this.peers.get(key);
    assert.equal(found >= 0, known !== undefined, 'found, or not');
    const position = found >= 0 ? this.table.setSeeder(found, seeder) : this.table.add(idOf(port), seeder);
    this.table.see(position, this.#tick);
    if (completed) assert.equal(this.table.complete(position), known?.completed !== true, 'counted once');
    this.peers.set(key, { address, port, seeder, tick: this.#tick, completed: completed || known?.completed === true });
  }

  stop(address: Uint8Array, port: number): void {
    const position = this.table.find(address, port);
    assert.equal(this.peers.delete(`${formatIp(address)} ${port}`), position >= 0);
    if (position >= 0) this.table.remove(position);
  }

  pass(ticks: number): void {
    this.#tick += ticks;
    this.table.expire(this.#tick, ticksMax);
    for (const [key, { tick }] of this.peers) if (this.#tick - tick > ticksMax) this.peers.delete(key);
  }

  check(): void {
    const peers = [...this.peers.values()];
    assert.equal(this.table.size, peers.length);
    assert.equal(this.table.seeders, peers.filter(({ seeder }) => seeder).length);
    const shown = (all: Iterable<Pick<Peer, 'address' | 'port' | 'seeder'>>): string[] =>
      [...all].map(({ address, port, seeder }) => `${formatIp(address)} ${port} ${seeder}`).sort();
    assert.deepEqual(shown(this.table.endpoints()), shown(peers));
    for (const { port, peerId } of this.table.endpoints()) assert.deepEqual(Buffer.from(peerId), idOf(port));
  }
}

const hashes: { name: string; hash: EndpointHash }[] = [
  { name: 'a good hash', hash: createEndpointHash(Math.random) },
  // Whatever collides must still be told apart.
  { name: 'a hash that is the same for all', hash: () => 0x12345678 },
  {
    name: 'a hash with three values',
    hash: (bytes, offset, length) => ((bytes[offset + length - 1] as number) % 3) << 30,
  },
];
for (const { name, hash } of hashes) {
  for (const family of [4, 16] as const) {
    test(`${name}, ${family} bytes of address: whatever happens, the table is as the model`, () => {
      const random = new Random(7);
      const model = new Model(new PeerTable(family, hash));
      for (let step = 0; step < 4_000; step += 1) {
        // Ages of growing and of shrinking.
        const crowd = Math.floor(step / 500) % 2 === 0 ? 400 : 8;
        const address = addressOf(family, random.below(3));
        const port = 1 + random.below(crowd);
        if (random.once(crowd === 8 ? 2 : 6)) model.stop(address, 1 + random.below(400));
        else model.announce(address, port, random.once(2), random.once(3));
        if (random.once(20)) model.pass(random.below(40));
        if (step % 10 === 0) model.check();
      }
    });
  }
}

test('time goes round: a mark of 15 bits is enough', () => {
  const table = new PeerTable(4, createEndpointHash(Math.random));
  const address = addressOf(4, 1);
  table.find(address, 1);
  table.see(table.add(idOf(1), false), 0x7fff);
  table.expire(0x8000 + ticksMax - 1, ticksMax);
  assert.equal(table.size, 1);
  table.expire(0x8000 + ticksMax, ticksMax);
  assert.equal(table.size, 0);
});

function tableOf(seeders: number, leechers: number): PeerTable {
  const table = new PeerTable(4, createEndpointHash(Math.random));
  for (let port = 1; port <= seeders + leechers; port += 1) {
    table.find(addressOf(4, 1), port);
    table.add(idOf(port), port <= seeders);
  }
  return table;
}
const portsIn = (compact: Buffer): number[] =>
  Array.from({ length: compact.length / 6 }, (_, index) => compact.readUInt16BE(index * 6 + 4)).sort((a, b) => a - b);
const all = { wanted: 200, seeders: true, except: -1, withIds: false };

test('a sample has everybody when there is room', () => {
  assert.deepEqual(portsIn(tableOf(2, 3).sample(all, picks).compact), [1, 2, 3, 4, 5]);
  assert.deepEqual(portsIn(tableOf(0, 0).sample(all, picks).compact), []);
});

test('a sample for a seeder has leechers only', () => {
  assert.deepEqual(portsIn(tableOf(2, 3).sample({ ...all, seeders: false }, picks).compact), [3, 4, 5]);
  assert.deepEqual(portsIn(tableOf(2, 0).sample({ ...all, seeders: false }, picks).compact), []);
});

test('whoever is excepted is not in it, and nobody else is missing', () => {
  for (const seeders of [true, false]) {
    const table = tableOf(3, 4);
    for (let port = 1; port <= 7; port += 1) {
      const except = table.find(addressOf(4, 1), port);
      const ports = portsIn(table.sample({ ...all, seeders, except }, picks).compact);
      const expected = [1, 2, 3, 4, 5, 6, 7].filter((other) => other !== port && (seeders || other > 3));
      assert.deepEqual(ports, expected);
    }
  }
});

test('of many, as many as are wanted, in the end all of them', () => {
  const table = tableOf(100, 200);
  const met = new Set<number>();
  for (let round = 0; round < 600; round += 1) {
    const ports = portsIn(table.sample({ ...all, wanted: 10 }, picks).compact);
    assert.equal(new Set(ports).size, 10);
    for (const port of ports) met.add(port);
  }
  assert.equal(met.size, 300);
});

test('a peer that comes first takes the place of one; ids go with their addresses', () => {
  const first = { address: addressOf(4, 7), port: 999, peerId: Buffer.alloc(20, 'own') };
  const { compact, ids } = tableOf(3, 3).sample({ ...all, wanted: 4, withIds: true, first }, picks);
  assert.equal(compact.length, 4 * 6);
  assert.deepEqual([...compact.subarray(0, 6)], [9, 9, 9, 7, 3, 231]);
  assert.deepEqual(ids.subarray(0, 20), first.peerId);
  for (let index = 1; index < 4; index += 1) {
    assert.deepEqual(ids.subarray(index * 20, index * 20 + 20), idOf(compact.readUInt16BE(index * 6 + 4)));
  }
});
