/**
 * A server's storage and two peers, all in this process, on a disk of the drill's making: the parts that the server
 * itself puts together at its start, without its doors. Knows no promise and no fault.
 *
 *     const world = await World.open(program);
 *     await world.addPeers(anotherProgram);
 *     const [entry] = await world.upload([content]);
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { silentLog } from '../../io/log.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { type Config, parseConfig } from '../../server/config/shape.ts';
import { type Domain, openDomain } from '../../server/wiring/open-domain.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { fetchPieces } from '../../storage/fetch/fetch.ts';
import { HolderError } from '../../storage/holders/holder.ts';
import { bytesOf, type Content } from '../client.ts';
import type { DiskProgram } from './disk-program.ts';
import { StorePeer } from './store-peer.ts';

/** The root of the server, on the drill's disk. */
export const folders = {
  metadata: '/server/metadata',
  uploads: '/server/temp/uploads',
  /** The folders of pieces: the server's, and each peer's. */
  stores: ['/server/temp/pieces', '/peers/p1', '/peers/p2'],
} as const;
export const peerIds = ['p1', 'p2'] as unknown as readonly PeerId[];

/** The number of chunks in which a file comes in: more than a piece has. */
const chunkBytes = 700;

export class World {
  readonly domain: Domain;
  readonly #stores: Map<PeerId, PieceStore>;
  readonly #sessions: Map<PeerId, StorePeer>;

  static async open(server: DiskProgram): Promise<World> {
    const stores = new Map<PeerId, PieceStore>();
    const sessions = new Map<PeerId, StorePeer>();
    const domain = await openDomain({
      config: drillConfig(),
      root: '/server',
      log: silentLog,
      calls: server,
      reach: {
        checkDirectory: async (directory) => directory,
        openSession: async (id, _directory, onClose) => {
          const store = stores.get(id);
          if (store === undefined) throw new HolderError('gone', `${id} has not been started`);
          const session = new StorePeer(id, store, onClose);
          sessions.set(id, session);
          return session;
        },
      },
    });
    return new World(domain, stores, sessions);
  }

  private constructor(domain: Domain, stores: Map<PeerId, PieceStore>, sessions: Map<PeerId, StorePeer>) {
    this.domain = domain;
    this.#stores = stores;
    this.#sessions = sessions;
  }

  /** Starts the peers, or those that are given: they register, and are told what they should drop. */
  async addPeers(program: DiskProgram, stores?: ReadonlyMap<PeerId, PieceStore>): Promise<void> {
    for (const id of peerIds) {
      const directory = `/peers/${id}`;
      const opened = stores?.get(id) ?? (await PieceStore.open(directory, { log: silentLog, calls: program }));
      this.#stores.set(id, opened);
      await this.domain.registry.register(id, directory);
    }
  }

  /** The peers' stores, for the next server when this one was killed. */
  get stores(): ReadonlyMap<PeerId, PieceStore> {
    return this.#stores;
  }

  /** Uploads files as one form; settles when that would be acknowledged. */
  async upload(contents: readonly Content[]): Promise<readonly TorrentEntry[]> {
    const { intake } = this.domain;
    const spooled = [];
    for (const content of contents) spooled.push(await intake.spool(content.name, inChunks(bytesOf(content))));
    return (await intake.commit(spooled)).map(({ entry }) => entry);
  }

  /** Deletes a file; settles when that would be acknowledged. */
  async remove(id: TorrentId): Promise<void> {
    if (!(await this.domain.replicator.remove(id))) throw new Error(`${id} was not listed`);
  }

  /** The bytes of a file, verified. Throws when a piece cannot be had. */
  async download(entry: TorrentEntry): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of fetchPieces(this.domain.fetch, entry, 0, entry.pieces - 1)) {
      pieces.push(Buffer.from(piece));
    }
    return Buffer.concat(pieces);
  }

  /** Settles when nothing goes on in the background. */
  async idle(): Promise<void> {
    const { catalog, replicator } = this.domain;
    for (const session of this.#sessions.values()) await session.idle();
    await replicator.alone(
      [...catalog.entries()].map(({ record }) => record.id),
      async () => {},
    );
    await replicator.idle();
    for (const session of this.#sessions.values()) await session.idle();
  }

  /** Ends the server as SIGTERM does; the peers' stores as well, unless they go on. */
  async close({ peersToo }: { readonly peersToo: boolean }): Promise<void> {
    this.domain.stop();
    await this.domain.close();
    if (peersToo) for (const store of this.#stores.values()) await store.close();
  }

  /** Ends what is not on the disk, after the world's program was killed. */
  abandon(): void {
    for (const session of this.#sessions.values()) session.cutOff();
    this.domain.stop();
    void this.domain.close(); // its calls do not return any more
  }
}

function drillConfig(): Config {
  const text = JSON.stringify({
    piece_size: 1024,
    replicas: 2,
    scrub_days: 0,
    repair_delay: 0,
    paths: { temp: '/server/temp', metadata: folders.metadata },
  });
  const config = parseConfig(text, []);
  if (config === undefined) throw new Error('the configuration of the drill has a fault');
  return config;
}

async function* inChunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
}
