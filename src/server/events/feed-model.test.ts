/**
 * Whoever connects, asks for everything, and then does what the events say, knows what there is: for random changes, a
 * reader that reads at once, one that reads now and then, one of a single file, and one that comes late.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../bytes/ids.ts';
import { pieceRanges } from '../../bytes/pieces.ts';
import { silentLog } from '../../io/log.ts';
import type { EventView } from '../../protocols/api/event-types.ts';
import { EventStreamReader } from '../../protocols/http/content/event-stream.testing.ts';
import { encodeParts } from '../../protocols/ipc/parts.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import { peer } from '../../storage/swarm.testing.ts';
import { fileView, type PeersContext, peersView } from '../views/build-views.ts';
import type { Topic } from './change.ts';
import { file } from './events.testing.ts';
import { Feed } from './feed.ts';
import { FileChanges } from './files.ts';
import { PeerChanges } from './peers.ts';
import { PieceChanges } from './pieces.ts';

const parts = [0, 1, 2, 3];

class World {
  readonly catalog = new Catalog();
  readonly online = new Map<PeerId, boolean>(['p1', 'p2', 'p3'].map((id) => [peer(id), true]));
  readonly wire = new Map<PeerId, { id: PeerId }>();
  readonly feed: Feed;
  #tick = (): void => {};
  #nowMs = 0;
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    const { catalog } = this;
    this.feed = new Feed({
      sources: [
        new PeerChanges({ ...this.peers, now: () => this.#nowMs }),
        new FileChanges(catalog),
        new PieceChanges({ catalog, holders: { get: (id) => (this.#isOnline(id) ? {} : undefined) } }),
      ],
      log: { ...silentLog, error: (_area, _message, _labels, error) => assert.fail(String(error)) },
      clock: {
        now: () => this.#nowMs,
        every: (_, tick) => {
          this.#tick = tick;
          return () => {};
        },
      },
    });
  }

  get peers(): PeersContext {
    const all = () => Array.from(this.online, ([id, online]) => ({ id, directory: '/', online, lastSeenMs: null }));
    return {
      catalog: this.catalog,
      registry: { all },
      wireHolders: { all: () => this.wire.values() },
      scrubber: { verifiedMs: () => null },
      counters: { corruptPiecesOf: () => 0 },
    } as unknown as PeersContext;
  }

  tick(): void {
    this.#nowMs += 100;
    this.#tick();
  }

  one<Item>(items: readonly Item[]): Item {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return items[Math.floor((this.#seed / 2_147_483_648) * items.length)] as Item;
  }

  /** One thing happens that the server's other parts might do. */
  step(): void {
    const label = this.one(['a', 'b', 'c']);
    const entry = this.catalog.get(file(label).record.id) ?? file(label);
    const storage = this.one([...this.online.keys()]);
    const wire = this.one(['192.0.2.1:1', '192.0.2.2:2']) as PeerId;
    this.one([
      () => this.#list(label),
      () => this.catalog.remove(entry.record.id),
      () => {},
      () => this.#gain(entry, this.one([storage, tempHolderId])),
      () => this.#gain(entry, this.one([storage, tempHolderId])),
      () => entry.removePiece(this.one([storage, tempHolderId]), this.one(parts)),
      () => entry.removeHolder(this.one([storage, tempHolderId])),
      () => this.#goes(storage),
      () => this.#comes(storage),
      () => this.#wireComes(wire, entry),
      () => this.#wireGoes(wire),
    ])();
  }

  /** All that `GET /files`, `/file` and `/peers` would say, by what it is about. */
  snapshot(): Map<string, object> {
    const views = new Map<string, object>();
    for (const view of peersView(this.peers, 0).peers) views.set(`peer ${view.id}`, { ...view, last_seen: null });
    for (const entry of this.catalog.entries()) {
      const { id } = entry.record;
      views.set(`file ${id}`, fileView(entry));
      for (const [holder, { pieces, online }] of entry.holdings) {
        const state = online ? 'online' : 'offline';
        if (pieces.count > 0) views.set(`pieces ${id} ${holder}`, { parts: encodeParts(pieceRanges(pieces)), state });
      }
    }
    return views;
  }

  #isOnline(id: PeerId): boolean {
    return id === tempHolderId || this.online.get(id) === true || this.wire.has(id);
  }

  /** Lists a file as an upload does: pieces first. */
  #list(label: string): void {
    const entry = file(label);
    this.catalog.expect(entry);
    entry.setHolding(tempHolderId, parts, 'stored');
    if (this.one([true, false])) this.tick();
    this.catalog.add(entry);
  }

  #gain(entry: TorrentEntry, holder: PeerId): void {
    if (this.#isOnline(holder)) entry.addPiece(holder, this.one(parts));
  }

  #goes(id: PeerId): void {
    this.online.set(id, false);
    this.catalog.setOnline(id, false);
  }

  #comes(id: PeerId): void {
    this.online.set(id, true);
    const some = [...this.catalog.entries()].filter(() => this.one([true, false]));
    const first = this.one(parts);
    this.catalog.setHoldings(
      id,
      some.map(({ record }) => ({ file: record.id, parts: [{ first, last: 3 }], shared: false })),
    );
  }

  #wireComes(id: PeerId, entry: TorrentEntry): void {
    this.wire.set(id, { id });
    entry.addPiece(id, this.one(parts), 'wire');
  }

  #wireGoes(id: PeerId): void {
    this.wire.delete(id);
    for (const entry of this.catalog.entries()) entry.removeHolder(id);
  }
}

/** A client that keeps what it is told. */
class Client {
  readonly known: Map<string, object>;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #stream = new EventStreamReader();
  #taking: Promise<void> | undefined;

  private constructor(world: World, chunks: AsyncIterator<Uint8Array>) {
    this.known = world.snapshot();
    this.#chunks = chunks;
  }

  /** Connects, then asks for everything; one of a single file does not ask. */
  static async connect(world: World, topics: readonly Topic[], only?: string): Promise<Client> {
    const chunks = world.feed.stream({ topics: new Set(topics), file: only }, '127.0.0.1')[Symbol.asyncIterator]();
    const first = await chunks.next();
    const client = new Client(world, chunks);
    if (only !== undefined) client.known.clear();
    client.#receive(first);
    return client;
  }

  /** Takes one chunk, if there is one. */
  async take(): Promise<void> {
    this.#taking ??= this.#chunks.next().then((result) => {
      this.#receive(result);
      this.#taking = undefined;
    });
    await new Promise(setImmediate);
  }

  #receive({ value }: IteratorResult<Uint8Array>): void {
    if (value !== undefined) this.#stream.receive(value);
    for (const { event, data } of this.#stream.events.splice(0))
      this.#keep({ event, data: JSON.parse(data) } as EventView);
  }

  #keep({ event, data }: EventView): void {
    switch (event) {
      case 'file':
        return void this.known.set(`file ${data.id}`, data);
      case 'file-removed':
        return void this.known.delete(`file ${data.id}`);
      case 'peer':
        return void this.known.set(`peer ${data.id}`, { ...data, last_seen: null });
      case 'peer-removed':
        return void this.known.delete(`peer ${data.id}`);
      case 'pieces': {
        const key = `pieces ${data.file} ${data.peer}`;
        if (data.pieces === 0) this.known.delete(key);
        else this.known.set(key, { parts: data.parts, state: data.state });
      }
    }
  }
}

const all: readonly Topic[] = ['peers', 'files', 'pieces'];
const only = (views: Map<string, object>, wanted: RegExp): object =>
  Object.fromEntries([...views].filter(([key]) => wanted.test(key)).sort());

for (let seed = 1; seed <= 10; seed += 1) {
  test(`what is told is what there is (seed ${seed})`, async () => {
    const world = new World(seed);
    for (let step = 0; step < 30; step += 1) world.step();
    const { id } = file('a').record;
    const prompt = await Client.connect(world, all);
    const slow = await Client.connect(world, all);
    const ofFile = await Client.connect(world, ['files', 'pieces'], id);
    let late: Client | undefined;
    for (let step = 0; step < 300; step += 1) {
      world.step();
      if (step === 150) late = await Client.connect(world, all);
      if (world.one([true, false])) world.tick();
      await prompt.take();
      if (step % 50 === 0) await slow.take();
    }
    world.tick();
    for (const client of [prompt, slow, ofFile, late ?? assert.fail()]) await client.take();
    const there = world.snapshot();
    for (const client of [prompt, slow, late ?? assert.fail()])
      assert.deepEqual(only(client.known, /./), only(there, /./));
    assert.deepEqual(only(ofFile.known, /./), only(there, new RegExp(`${id}`)));
  });
}
