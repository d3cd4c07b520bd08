/**
 * The download of one torrent from any number of peers (BEP 3, "peer messages"): which peers there are, which blocks
 * come, what is done with a piece when all of it has come. It knows no sockets, no trackers and no files.
 *
 *     const downloader = new Downloader({ file, have, write, pool, random, events });
 *     const peer = downloader.join(connection);      for each peer, whose connection tells `peer` of its messages
 *
 * until `events.onComplete`.
 */
import type { Bitfield } from '../../../bytes/bitfield.ts';
import type { BufferPool } from '../../../bytes/buffer-pool.ts';
import { type Metainfo, pieceCount, pieceHash, pieceSize } from '../../../protocols/metainfo/types.ts';
import type { Block } from '../../../protocols/wire/types.ts';
import type { LentPiece } from '../../../storage/fetch/fetch-piece.ts';
import { Blame } from './blame.ts';
import type { PartialPiece } from './partial-piece.ts';
import { Picker } from './picker.ts';
import { outstandingPiecesMax, PieceMemory } from './piece-memory.ts';
import { type PeerEvents, type PeerOwner, type RemoteConnection, RemotePeer } from './remote-peer.ts';

export interface DownloaderEvents {
  /** A piece is verified and written. */
  onPiece(pieceIndex: number): void;
  /** All pieces are verified and written. */
  onComplete?(): void;
  /** A piece could not be written: nothing more is asked for. */
  onFailure?(error: unknown): void;
}

export interface DownloaderOptions {
  readonly file: Metainfo;
  /** The pieces that we have; it grows by what is written. */
  readonly have: Bitfield;
  /** Writes a piece that has hashed; `bytes` may be used again once it settles. */
  readonly write: (pieceIndex: number, bytes: Uint8Array) => Promise<void>;
  /** May take over the memory of a piece that was written, for peers that will ask for it; false if it does not. */
  readonly keep?: ((pieceIndex: number, piece: LentPiece) => boolean) | undefined;
  readonly pool: BufferPool;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly events: DownloaderEvents;
}

export class Downloader implements PeerOwner {
  readonly #options: DownloaderOptions;
  readonly #picker: Picker<RemotePeer>;
  readonly #peers = new Set<RemotePeer>();
  readonly #memory = new Map<number, PieceMemory>();
  readonly #blame = new Blame<RemotePeer>();
  #takenBytes = 0;
  #stopped = false;
  #blocksOfOthers = 0;

  constructor(options: DownloaderOptions) {
    const { file, have, random } = options;
    this.#options = options;
    this.#picker = new Picker({
      shape: { pieces: pieceCount(file), pieceSize: (index) => pieceSize(file, index) },
      have,
      outstandingMax: outstandingPiecesMax(file.pieceLength),
      random,
      onDropped: (piece) => this.#onDropped(piece),
    });
  }

  get peers(): ReadonlySet<RemotePeer> {
    return this.#peers;
  }

  /** The count of blocks that came from peers that are not of last resort. */
  get blocksOfOthers(): number {
    return this.#blocksOfOthers;
  }

  /** Bytes of blocks that were asked for and came, whatever became of their pieces. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** The missing pieces that no peer has, in no order. */
  get unreachable(): number[] {
    const lasts = [...this.#peers].filter(({ lastResort }) => lastResort);
    return this.#picker.unheld.filter((pieceIndex) => !lasts.some(({ pieces }) => pieces.has(pieceIndex)));
  }

  /** A peer has come. `lastResort`: the peer is asked only for what no other has, or while others give nothing. */
  join(connection: RemoteConnection, events: PeerEvents, lastResort = false): RemotePeer {
    const peer = new RemotePeer(this, connection, events, lastResort);
    this.#peers.add(peer);
    this.#picker.join(peer);
    this.#onHaves(peer);
    return peer;
  }

  /** `peer` has gained piece `pieceIndex`; several where that is undefined. */
  onHave(peer: RemotePeer, pieceIndex: number | undefined): void {
    if (pieceIndex === undefined) this.#onHaves(peer);
    else if (peer.pieces.add(pieceIndex)) {
      this.#picker.gained(peer, pieceIndex);
      if (!this.#options.have.has(pieceIndex)) this.#weigh(peer, true);
      peer.ask();
    }
  }

  /** The next block to ask of `peer`. */
  next(peer: RemotePeer): Block | undefined {
    return this.#stopped ? undefined : this.#picker.next(peer);
  }

  /** Whether `block` has not come yet, and may come from `peer`. */
  wants(peer: RemotePeer, block: Block): boolean {
    return !this.#stopped && this.#picker.wanting(peer, block) !== undefined;
  }

  /** `peer` has given a block that it was asked for. The bytes are lent until this returns. */
  onBlock(peer: RemotePeer, block: Block, bytes: Uint8Array): void {
    const piece = this.#picker.wanting(peer, block);
    if (piece === undefined || this.#stopped) return;
    const memory = this.#memoryOf(piece);
    if (!peer.lastResort) this.#blocksOfOthers += 1;
    memory.put(block.begin, bytes);
    this.#takenBytes += bytes.length;
    const others = piece.arrived(block.begin, peer);
    for (const other of others) other.cancel(block);
    if (piece.complete) this.#complete(piece, memory);
    for (const other of others) other.ask();
  }

  /** `peer` is not going to give these blocks. */
  release(peer: RemotePeer, blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    for (const block of blocks) this.#picker.release(peer, block);
    this.#askOthers(peer);
  }

  /** `peer` owes these blocks and gives none: others are asked, and the peer is not counted on. */
  onSnubbed(peer: RemotePeer, blocks: readonly Block[]): void {
    this.#picker.leave(peer);
    for (const block of blocks) this.#picker.postpone(peer, block);
    this.#askOthers(peer);
  }

  /** `peer`, which was snubbed, has given a block: it is counted on again. */
  onRecovered(peer: RemotePeer): void {
    this.#picker.join(peer);
  }

  /** `peer` has gone, and had not given these blocks. */
  leave(peer: RemotePeer, blocks: readonly Block[]): void {
    this.#peers.delete(peer);
    this.#picker.leave(peer);
    for (const block of blocks) this.#picker.release(peer, block);
    this.#askOthers();
  }

  /** A piece that was counted as ours turned out not to be. It is out of `have` already. */
  lost(pieceIndex: number): void {
    this.#picker.lost(pieceIndex);
    for (const peer of this.#peers) this.#weigh(peer);
    this.#askOthers();
  }

  /** Closes the connections over which nothing has come for long: other peers wait. */
  makeRoom(): void {
    for (const peer of this.#peers) if (peer.unproductive) peer.connection.close('it gives nothing, and others wait');
  }

  /** Asks for nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const pieceIndex of [...this.#memory.keys()]) this.#dropMemory(pieceIndex);
    for (const peer of this.#peers) this.#weigh(peer);
  }

  /** Takes what a peer says at first as one: a peer that has everything changes no order. */
  #onHaves(peer: RemotePeer): void {
    const { pieces: told } = peer.connection.session;
    if (told.count === peer.pieces.count) return;
    const first = peer.pieces.count === 0;
    if (first) this.#picker.leave(peer);
    for (const pieceIndex of told) if (peer.pieces.add(pieceIndex) && !first) this.#picker.gained(peer, pieceIndex);
    if (first) this.#picker.join(peer);
    this.#weigh(peer);
    peer.ask();
  }

  #complete(piece: PartialPiece<RemotePeer>, memory: PieceMemory): void {
    const { file } = this.#options;
    const { index, givers } = piece;
    if (memory.matches(pieceHash(file, index))) {
      this.#memory.delete(index);
      for (const badPeer of this.#blame.right(index, memory.bytes)) badPeer.ban();
      void this.#write(index, memory);
      return;
    }
    const badPeer = this.#blame.wrong(index, memory.bytes, givers);
    this.#picker.failed(index, badPeer === undefined);
    badPeer?.ban();
    this.#askOthers();
  }

  async #write(index: number, memory: PieceMemory): Promise<void> {
    const { write, keep, events } = this.#options;
    try {
      await write(index, memory.bytes);
    } catch (error) {
      memory.release();
      this.#fail(error);
      return;
    }
    const release = (): void => memory.release();
    if (keep?.(index, { bytes: memory.bytes, release }) !== true) release();
    const wasFull = this.#picker.full;
    this.#picker.finished(index);
    events.onPiece(index);
    for (const peer of this.#peers) if (peer.pieces.has(index)) this.#weigh(peer);
    if (wasFull) this.#askOthers();
    // Not `have`: other pieces may be written, and not told of yet.
    if (this.#picker.left === 0) events.onComplete?.();
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.events.onFailure?.(error);
  }

  /** Has peers ask: something can be asked for that could not before. */
  #askOthers(but?: RemotePeer): void {
    for (const peer of this.#peers) if (peer !== but) peer.ask();
  }

  /** Tells `peer` whether we are interested in what it has. */
  #weigh(peer: RemotePeer, hasMissing = anyBut(peer.pieces, this.#options.have)): void {
    peer.beInterested(!this.#stopped && hasMissing);
  }

  #onDropped(piece: PartialPiece<RemotePeer>): void {
    this.#dropMemory(piece.index);
    for (const { peer, block } of piece.requests()) peer.cancel(block);
  }

  #memoryOf({ index, size }: PartialPiece<RemotePeer>): PieceMemory {
    const memory = this.#memory.get(index) ?? new PieceMemory(size, this.#options.pool);
    this.#memory.set(index, memory);
    return memory;
  }

  #dropMemory(index: number): void {
    this.#memory.get(index)?.release();
    this.#memory.delete(index);
  }
}

/** Whether there is a piece in `pieces` that is not in `have`. Byte by byte: this is asked often. */
function anyBut(pieces: Bitfield, have: Bitfield): boolean {
  for (let place = 0; place < pieces.bytes.length; place += 1)
    if (((pieces.bytes[place] as number) & ~(have.bytes[place] as number)) !== 0) return true;
  return false;
}
