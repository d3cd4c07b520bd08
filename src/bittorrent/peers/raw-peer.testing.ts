/** For tests: a wire peer that says exactly what it is told to, whether it dials or is dialled. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Endpoint } from '../../bytes/endpoint.ts';
import { WireReader } from '../../protocols/wire/read.ts';
import type { Capabilities, Handshake, OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import { kept } from '../../protocols/wire/wire.testing.ts';
import { encodeHandshake, encodeMessage } from '../../protocols/wire/write.ts';

export const everything: Capabilities = { fast: true, extended: true, v2: false };
export const plain: Capabilities = { fast: false, extended: false, v2: false };

/** A test's listener, as much of it as is needed to dial it. */
interface Dialled {
  readonly listener: { readonly port: number };
  readonly torrent: { readonly infoHash: Buffer };
}

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
    { listener, torrent }: Dialled,
    capabilities: Capabilities = everything,
    infoHash: Buffer = torrent.infoHash,
  ): Promise<RawPeer> {
    const peer = new RawPeer(connect({ host: '127.0.0.1', port: listener.port }));
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

  /** Messages of that kind as they come, until the connection ends. */
  async *each<Kind extends WireMessage['kind']>(kind: Kind): AsyncGenerator<WireMessage & { kind: Kind }, void> {
    for (let next = 0; ; next += 1) {
      while (next >= this.messages.length && !this.ended) await this.#change();
      const message = this.messages[next];
      if (message === undefined) return;
      if (message.kind === kind) yield message as WireMessage & { kind: Kind };
    }
  }

  /** Settles once the other side has shaken hands. */
  async greeted(): Promise<Handshake> {
    while (this.handshake === undefined) {
      if (this.ended) throw new Error('the connection ended before a handshake came');
      await this.#change();
    }
    return this.handshake;
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

/** A port of loopback where raw peers are dialled, until the test is over. */
export class RawListener {
  /** One for each connection, in the order in which they came. */
  readonly peers: RawPeer[] = [];
  readonly remote: Endpoint;
  readonly #server: Server;

  /** `play` is called with each peer. */
  static async open(
    t: TestContext,
    play: (peer: RawPeer) => unknown = () => {},
    host = '127.0.0.1',
  ): Promise<RawListener> {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const listener = new RawListener(server, play);
    t.after(() => {
      server.close();
      for (const { socket } of listener.peers) socket.destroy();
    });
    return listener;
  }

  private constructor(server: Server, play: (peer: RawPeer) => unknown) {
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.remote = { address, port };
    server.on('connection', (socket) => {
      const peer = new RawPeer(socket);
      this.peers.push(peer);
      play(peer);
    });
  }

  /** The peer of connection `index`, once somebody has dialled so often. */
  async peer(index = 0): Promise<RawPeer> {
    for (;;) {
      const peer = this.peers[index];
      if (peer !== undefined) return peer;
      await once(this.#server, 'connection');
    }
  }
}
