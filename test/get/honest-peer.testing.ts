/** For tests of downloads: a peer that gives what it has, when the test wants it to, and remembers what it gave. */
import type { TestContext } from 'node:test';
import { about, dataOf, extensions, requests } from '../../src/bittorrent/client/metadata.testing.ts';
import { bitfieldOf } from '../../src/bittorrent/client/picker.testing.ts';
import { everything, RawListener, type RawPeer } from '../../src/bittorrent/peers/raw-peer.testing.ts';
import type { Block } from '../../src/protocols/wire/types.ts';
import { encodeHandshake } from '../../src/protocols/wire/write.ts';
import { indices, pieceOf, type TestTorrent } from './get.testing.ts';

export function peerIdOf(port = 0): Buffer {
  return Buffer.from(`-TT0001-${String(port).padStart(12, '0')}`);
}

export function shakeHands(peer: RawPeer, { id }: TestTorrent, peerId: Buffer): RawPeer {
  return peer.raw(encodeHandshake({ capabilities: everything, infoHash: Buffer.from(id, 'hex'), peerId }));
}

/** Gives `info` to who asks for the info dictionary (BEP 9). */
export async function giveInfo(peer: RawPeer, info: Buffer): Promise<void> {
  peer.say(extensions({ size: info.length }));
  for await (const piece of requests(peer)) peer.say(about(dataOf(piece, info)));
}

export class HonestPeer {
  /** Blocks that the peer gave, in order. */
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

  get peerId(): Buffer {
    return peerIdOf(this.#listener.remote.port);
  }

  /** The peers that have dialled it, in order. */
  get peers(): readonly RawPeer[] {
    return this.#listener.peers;
  }

  get servedBytes(): number {
    return this.served.reduce((sum, { length }) => sum + length, 0);
  }

  /** Gives nothing of piece `index` until it is released. */
  hold(index: number): void {
    this.#held.add(index);
  }

  release(index: number): void {
    this.#held.delete(index);
    this.#giveWaiting();
  }

  /** Gives `blocks` more, and then nothing until it is to `go` on. */
  stopAfter(blocks: number): void {
    this.#servesMax = this.served.length + blocks;
  }

  go(): void {
    this.#servesMax = Number.POSITIVE_INFINITY;
    this.#giveWaiting();
  }

  /** Besides what it may give already. */
  giveMore(blocks: number): void {
    this.#servesMax += blocks;
    this.#giveWaiting();
  }

  giveAll(): void {
    this.#held.clear();
    this.go();
  }

  #giveWaiting(): void {
    for (const give of this.#waiting.splice(0)) give();
  }

  /** Gives to somebody with whom it has shaken hands. */
  async give(peer: RawPeer): Promise<void> {
    peer.say({ kind: 'bitfield', bits: Buffer.from(bitfieldOf(this.torrent.pieces, this.#has).bytes) });
    peer.say({ kind: 'unchoke' });
    void giveInfo(peer, this.torrent.info);
    for await (const request of peer.each('request')) this.#answer(peer, request);
  }

  async #play(peer: RawPeer): Promise<void> {
    await peer.greeted();
    await this.give(shakeHands(peer, this.torrent, this.peerId));
  }

  #answer(peer: RawPeer, { index, begin, length }: Block): void {
    if (peer.ended) return;
    if (this.#held.has(index) || this.served.length >= this.#servesMax) {
      this.#waiting.push(() => this.#answer(peer, { index, begin, length }));
      return;
    }
    this.served.push({ index, begin, length });
    peer.say({ kind: 'piece', index, begin, bytes: pieceOf(this.torrent, index).subarray(begin, begin + length) });
  }
}
