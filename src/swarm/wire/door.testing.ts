/** For tests: a wire door with one file whose pieces are in memory, and a peer that says exactly what it is told to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { WireReader } from '../../protocols/wire/read.ts';
import type { Capabilities, Handshake, OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import { encodeHandshake, encodeMessage } from '../../protocols/wire/write.ts';
import { Catalog } from '../catalog.ts';
import { fetchPiece } from '../fetch-piece.ts';
import type { FileEntry } from '../file-entry.ts';
import { entryOf, fetchContext, MemoryHolder, someBytes } from '../swarm.testing.ts';
import { WireDoor } from './door.ts';
import { WireHolders } from './holders.ts';
import { PieceCache } from './piece-cache.ts';
import type { WireTorrent } from './torrent.ts';

export const pieceLength = 40_000;
export const content = someBytes(10 * pieceLength - 1234);
/** As an info dictionary: what its bytes are is all the same to the door. */
export const info = someBytes(40_000, 'info');
const serverPeerId = Buffer.from('-RV0100-serverserver');

export interface TestDoor {
  readonly door: WireDoor;
  readonly catalog: Catalog;
  readonly entry: FileEntry;
  readonly holder: MemoryHolder;
  readonly holders: WireHolders;
  readonly torrent: WireTorrent;
  /** Lets time pass. */
  readonly pass: (ms: number) => void;
}

/** Opens a door whose file is with a holder in memory: all of it, or only `parts`. */
export async function openTestDoor(t: TestContext, parts?: Iterable<number>): Promise<TestDoor> {
  const entry = entryOf('a.bin', content, pieceLength);
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content, parts);
  const catalog = new Catalog();
  catalog.add(entry);
  const fetch = fetchContext([holder]);
  const cache = new PieceCache({
    read: (file, part) => fetchPiece(fetch, file, part),
    bytesMax: 1 << 20,
  });
  const holders = new WireHolders(catalog);
  const infoHash = Buffer.from(entry.record.id, 'hex');
  const torrent = { entry, infoHash, info, pieceLayer: () => undefined };
  let tick = (): void => {};
  const door = await WireDoor.open({
    host: '127.0.0.1',
    port: 0,
    peerId: serverPeerId,
    torrentOf: (hash) => (hash.equals(infoHash) ? torrent : undefined),
    cache,
    version: () => catalog.version,
    peers: holders,
    log: silentLog,
    random: () => 0,
    every: (_, callback) => {
      tick = callback;
      return () => {};
    },
  });
  t.after(() => door.close());
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 1000) tick();
  };
  return { door, catalog, entry, holder, holders, torrent, pass };
}

export const everything: Capabilities = { fast: true, extended: true, v2: false };
export const plain: Capabilities = { fast: false, extended: false, v2: false };

/** A wire peer, played by a test. */
export class RawPeer {
  readonly socket: Socket;
  readonly messages: WireMessage[] = [];
  handshake: Handshake | undefined;
  ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new WireReader({
      onInfoHash: () => {},
      onHandshake: (handshake) => {
        this.handshake = handshake;
      },
      onMessage: (message) => void this.messages.push(kept(message)),
    });
    socket.on('data', (bytes) => {
      reader.receive(bytes);
      this.#wake();
    });
    socket.on('error', () => {}); // a reset is one way to be refused
    socket.on('close', () => {
      this.ended = true;
      this.#wake();
    });
  }

  /** Connects and says hello; `capabilities` and `infoHash` as given. */
  static async dial(
    { door, torrent }: TestDoor,
    capabilities: Capabilities = everything,
    infoHash: Buffer = torrent.infoHash,
  ): Promise<RawPeer> {
    const peer = new RawPeer(connect({ host: '127.0.0.1', port: door.port }));
    await once(peer.socket, 'connect');
    const peerId = Buffer.from(`-TT0001-${String(peer.socket.localPort).padStart(12, '0')}`);
    return peer.raw(encodeHandshake({ capabilities, infoHash, peerId }));
  }

  raw(bytes: Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  say(...messages: OutgoingMessage[]): this {
    return this.raw(Buffer.concat(messages.map(encodeMessage)));
  }

  /** The first message of that kind, from `from` on, once it is here. */
  async heard<Kind extends WireMessage['kind']>(kind: Kind, from = 0): Promise<WireMessage & { kind: Kind }> {
    for (;;) {
      const message = this.messages.slice(from).find((one) => one.kind === kind);
      if (message !== undefined) return message as WireMessage & { kind: Kind };
      if (this.ended) throw new Error(`the connection ended before ${kind} came`);
      await this.#change();
    }
  }

  /** Settles when the other side has ended the connection. */
  async over(): Promise<void> {
    while (!this.ended) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The message with bytes of its own: those of the reader are lent. */
function kept(message: WireMessage): WireMessage {
  const copy = Object.entries(message).map(([key, value]) => [
    key,
    Buffer.isBuffer(value) ? Buffer.from(value) : value,
  ]);
  return Object.fromEntries(copy) as WireMessage;
}
