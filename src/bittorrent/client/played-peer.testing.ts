/**
 * For tests of a download: a peer that is played by the test. It fails the test when it is asked for what it does not
 * have, while it chokes, or for the same twice.
 */
import assert from 'node:assert/strict';
import { pieceCount, pieceSize } from '../../protocols/metainfo/types.ts';
import { WireSession } from '../../protocols/wire/session.ts';
import { type Block, type OutgoingMessage, type WireMessage, wireLimits } from '../../protocols/wire/types.ts';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { Downloader } from './download/downloader.ts';
import type { RemoteConnection, RemotePeer } from './download/remote-peer.ts';
import { bitfieldOf } from './picker.testing.ts';

const { blockBytes } = wireLimits;

export interface RemoteOptions {
  /** The pieces that it says it has; all of them when left out. */
  readonly has?: Iterable<number>;
  readonly fast?: boolean;
  /** Whether it chokes at first. */
  readonly choking?: boolean;
  readonly lastResort?: boolean;
  readonly requestsMax?: number;
}

/** The download that it takes part in. */
export interface RemoteSwarm {
  readonly file: TorrentRecord;
  readonly downloader: Downloader;
  /** A peer gave bytes that do not hash. */
  onBadPeer(peer: Remote): void;
  /** The right bytes of a piece. */
  bytesOf(index: number): Buffer;
}

export class Remote {
  readonly name: string;
  readonly peer: RemotePeer;
  readonly connection: RemoteConnection;
  readonly session: WireSession;
  readonly sent: OutgoingMessage[] = [];
  closed: string | undefined;
  gone = false;
  readonly #owed = new Map<string, Block>();
  /** Blocks that the peer was asked for, and forgot. */
  readonly #forgotten = new Set<string>();
  readonly #swarm: RemoteSwarm;
  readonly #options: RemoteOptions;

  constructor(swarm: RemoteSwarm, name: string, options: RemoteOptions) {
    this.name = name;
    this.#swarm = swarm;
    this.#options = options;
    const { file, downloader } = swarm;
    const shape = { pieces: pieceCount(file), pieceSize: (index: number) => pieceSize(file, index) };
    this.session = new WireSession(shape, { fast: options.fast ?? true, extended: true, v2: false });
    this.connection = {
      session: this.session,
      requestsMax: options.requestsMax,
      send: (message) => this.#onMessage(message),
      close: (reason) => {
        this.closed ??= reason;
      },
    };
    const events = { onClose: () => {}, onBad: () => swarm.onBadPeer(this) };
    this.peer = downloader.join(this.connection, events, options.lastResort);
  }

  get #fast(): boolean {
    return this.session.agreed.fast;
  }

  /** Blocks that the peer was asked for and has not given, in order. */
  get owes(): Block[] {
    return [...this.#owed.values()];
  }

  /** The number of messages of a kind that were sent to the peer. */
  heard(kind: OutgoingMessage['kind']): number {
    return this.sent.filter((message) => message.kind === kind).length;
  }

  /** All that it was ever asked for, as `3.1` for the second block of piece 3. */
  get asked(): string[] {
    return this.sent.flatMap((message) => (message.kind === 'request' ? [nameOf(message)] : []));
  }

  arrive(): void {
    const bits = bitfieldOf(this.session.pieces.size, this.#options.has);
    this.says({ kind: 'bitfield', bits: Buffer.from(bits.bytes) });
    if (this.#options.choking !== true) this.says({ kind: 'unchoke' });
  }

  /** Has the peer send messages, as if through a connection. */
  says(...messages: WireMessage[]): void {
    for (const message of messages) {
      this.session.received(message);
      if (message.kind === 'have') this.peer.onHave(message.index);
      else if (message.kind === 'bitfield' || message.kind === 'have-all') this.peer.onHave(undefined);
      else if (message.kind === 'piece') this.peer.onPiece(message);
      else if (message.kind === 'reject') this.peer.onReject(message);
      else if (message.kind === 'choke' || message.kind === 'unchoke') this.peer.onChoke();
    }
  }

  /** Has the peer forget, and not say so, the oldest blocks that it owes. */
  forgets(count: number): Block[] {
    const blocks = this.#drop(count);
    for (const block of blocks) this.#forgotten.add(nameOf(block));
    return blocks;
  }

  /** Whether it was asked for that, and has neither given nor refused it. */
  wasAskedFor(block: Block): boolean {
    return this.#owed.has(nameOf(block)) || this.#forgotten.has(nameOf(block));
  }

  /** Has the peer give the oldest blocks that it owes; `change` makes something else of the right bytes. */
  gives(count = this.#owed.size, change: (bytes: Buffer) => void = () => {}): void {
    for (const block of this.owes.slice(0, count)) this.giveBlock(block, change);
  }

  /** Has the peer give a block, owed or not. */
  giveBlock({ index, begin, length }: Block, change: (bytes: Buffer) => void = () => {}): void {
    this.#owed.delete(nameOf({ index, begin, length }));
    this.#forgotten.delete(nameOf({ index, begin, length }));
    const lent = Buffer.from(this.#swarm.bytesOf(index).subarray(begin, begin + length));
    change(lent);
    this.says({ kind: 'piece', index, begin, bytes: lent });
    lent.fill(0); // it was lent
  }

  /** Has the peer give blocks until it is asked for nothing more. */
  async givesAll(): Promise<void> {
    while (this.#owed.size > 0 && !this.gone) {
      this.gives();
      await settled();
    }
  }

  /** Has the peer refuse the oldest blocks that it owes (BEP 6). */
  rejects(count = this.#owed.size): void {
    for (const block of this.#drop(count)) this.says({ kind: 'reject', ...block });
  }

  chokes(): void {
    const dropped = this.#drop(this.#owed.size);
    this.#forgotten.clear();
    this.says({ kind: 'choke' });
    if (this.#fast) for (const block of dropped) this.says({ kind: 'reject', ...block });
  }

  unchokes(): void {
    this.says({ kind: 'unchoke' });
  }

  /** The connection ends. */
  leaves(): void {
    this.gone = true;
    this.peer.onClose();
  }

  #drop(count: number): Block[] {
    const blocks = this.owes.slice(0, count);
    for (const block of blocks) this.#owed.delete(nameOf(block));
    return blocks;
  }

  #onMessage(message: OutgoingMessage): void {
    assert.ok(!this.gone, `${message.kind} to ${this.name}, which has gone`);
    this.sent.push(message);
    if (message.kind === 'request') this.#onRequest(message);
    if (message.kind !== 'cancel') return;
    assert.ok(this.wasAskedFor(message), `${this.name} owes what is cancelled`);
    this.#owed.delete(nameOf(message));
    this.#forgotten.delete(nameOf(message));
  }

  #onRequest({ index, begin, length }: Block): void {
    const block = { index, begin, length };
    assert.ok(!this.session.peerChoking, `${this.name} is asked while it chokes`);
    assert.ok(this.session.amInterested, `${this.name} is asked for something that is not interesting`);
    assert.ok(this.session.isBlock(block) && this.session.pieces.has(index), `${this.name} has it`);
    assert.ok(!this.wasAskedFor(block), `${this.name} is asked twice`);
    this.#owed.set(nameOf(block), block);
  }
}

export const nameOf = ({ index, begin }: Block): string => `${index}.${begin / blockBytes}`;

/** A wrong byte. */
export function spoil(bytes: Buffer): void {
  bytes[3] = (bytes[3] as number) ^ 0x10;
}

/** Settles when all that needs no more than a turn of the event loop is done: writes, above all. */
export function settled(): Promise<void> {
  return new Promise(setImmediate);
}
