/** For tests of downloads: a peer that gives what it has, when the test wants it to, and remembers what it gave. */
import type { TestContext } from 'node:test';
import type { Block } from '../src/protocols/wire/types.ts';
import { encodeHandshake } from '../src/protocols/wire/write.ts';
import { bitfieldOf } from '../src/swarm/leech/leech.testing.ts';
import { everything, RawListener, type RawPeer } from '../src/swarm/wire/raw-peer.testing.ts';
import { indices, pieceOf, type TestTorrent } from './get.testing.ts';

export class HonestPeer {
  /** What it gave, in order. */
  readonly served: Block[] = [];
  readonly torrent: TestTorrent;
  readonly #has: readonly number[];
  #listener!: RawListener;
  readonly #held = new Set<number>();
  #servesMax = Number.POSITIVE_INFINITY;
  #waiting: (() => void)[] = [];

  /** Listens until the test is over. */
  static async open(t: TestContext, torrent: TestTorrent, has: readonly number[] = indices(torrent)) {
    const honest = new HonestPeer(torrent, has);
    honest.#listener = await RawListener.open(t, (peer) => honest.#play(peer).catch(() => peer.socket.destroy()));
    return honest;
  }

  private constructor(torrent: TestTorrent, has: readonly number[]) {
    this.torrent = torrent;
    this.#has = has;
  }

  /** `host:port`. */
  get address(): string {
    const { address, port } = this.#listener.remote;
    return `${address}:${port}`;
  }

  /** Those that have dialled it, in order. */
  get peers(): readonly RawPeer[] {
    return this.#listener.peers;
  }

  get servedBytes(): number {
    return this.served.reduce((sum, { length }) => sum + length, 0);
  }

  /** Gives nothing of piece `index` until `release`. */
  hold(index: number): void {
    this.#held.add(index);
  }

  /** Gives `blocks` more, and then nothing until `release`. */
  stopAfter(blocks: number): void {
    this.#servesMax = this.served.length + blocks;
  }

  /** Gives all that is asked for, also what was held back. */
  release(): void {
    this.#held.clear();
    this.#servesMax = Number.POSITIVE_INFINITY;
    for (const go of this.#waiting.splice(0)) go();
  }

  async #play(peer: RawPeer): Promise<void> {
    await peer.greeted();
    const infoHash = Buffer.from(this.torrent.id, 'hex');
    const peerId = Buffer.from(`-HO0001-${String(this.#listener.remote.port).padStart(12, '0')}`);
    peer.raw(encodeHandshake({ capabilities: everything, infoHash, peerId }));
    peer.say({ kind: 'bitfield', bits: Buffer.from(bitfieldOf(this.torrent.pieces, this.#has).bytes) });
    peer.say({ kind: 'unchoke' });
    for await (const request of peer.each('request')) this.#answer(peer, request);
  }

  #answer(peer: RawPeer, { index, begin, length }: Block): void {
    if (this.#held.has(index) || this.served.length >= this.#servesMax) {
      this.#waiting.push(() => this.#answer(peer, { index, begin, length }));
      return;
    }
    this.served.push({ index, begin, length });
    peer.say({ kind: 'piece', index, begin, bytes: pieceOf(this.torrent, index).subarray(begin, begin + length) });
  }
}
