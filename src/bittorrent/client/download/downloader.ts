/**
 * The download of one torrent from any number of peers (BEP 3): which peers there are, which blocks come, what is done
 * with a piece when all of it is here. Connections, trackers and files are others' business.
 *
 *     const leecher = new Downloader({ file, have, write, pool, random, events });
 *     leecher.join(connection)        for each peer; what it answers is told of the peer's messages
 *     leecher.onHave(peer, 7)         until events.onWhole
 */
import type { Bitfield } from '../../../bytes/bitfield.ts';
import type { BufferPool } from '../../../bytes/buffer-pool.ts';
import { type Metainfo, pieceCount, pieceHash, pieceSize } from '../../../protocols/metainfo/types.ts';
import type { Block } from '../../../protocols/wire/types.ts';
import type { LentPiece } from '../../../storage/fetch/fetch-piece.ts';
import { Blame } from './blame.ts';
import type { PartialPiece } from './partial-piece.ts';
import { Picker } from './picker.ts';
import { PieceMemory, piecesUnderWayMax } from './piece-memory.ts';
import { type PeerOwner, type RemoteConnection, RemotePeer } from './remote-peer.ts';

export interface DownloaderEvents {
  /** Piece `index` is here: verified, and written. */
  onPiece(index: number): void;
  /** All pieces are. */
  onWhole(): void;
  /** It gave bytes that do not hash. It is let go by the caller, and must not come again. */
  onLiar(peer: RemotePeer): void;
  /** A piece could not be written: nothing more is asked for. */
  onFailure(error: unknown): void;
}

export interface DownloaderOptions {
  readonly file: Metainfo;
  /** The pieces that are here; grows by what is written. */
  readonly have: Bitfield;
  /** Writes a piece that has hashed; `bytes` may be used again once it settles. */
  readonly write: (index: number, bytes: Uint8Array) => Promise<void>;
  /** May take over the memory of a piece that was written, for those who will ask for it; false if it does not. */
  readonly keep?: ((index: number, piece: LentPiece) => boolean) | undefined;
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
  readonly #suspicion = new Blame<RemotePeer>();
  readonly #condemned = new WeakSet<RemotePeer>();
  #takenBytes = 0;
  #stopped = false;
  #blocksOfOthers = 0;

  constructor(options: DownloaderOptions) {
    const { file, have, random } = options;
    this.#options = options;
    this.#picker = new Picker({
      shape: { pieces: pieceCount(file), pieceSize: (index) => pieceSize(file, index) },
      have,
      underWayMax: piecesUnderWayMax(file.pieceLength),
      random,
      onDropped: (piece) => this.#onDropped(piece),
    });
  }

  get peers(): ReadonlySet<RemotePeer> {
    return this.#peers;
  }

  /** Blocks that came, but from peers of last resort. */
  get blocksOfOthers(): number {
    return this.#blocksOfOthers;
  }

  /** Bytes of blocks that were asked for and came, whatever became of their pieces. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Pieces that nobody who is here has, and we have not either; in no order. */
  get unreachable(): number[] {
    const lasts = [...this.#peers].filter(({ lastResort }) => lastResort);
    return this.#picker.unheld.filter((index) => !lasts.some(({ pieces }) => pieces.has(index)));
  }

  /** A peer has come. `lastResort`: it is asked only for what no other has, or while others give nothing. */
  join(connection: RemoteConnection, lastResort = false): RemotePeer {
    const peer = new RemotePeer(this, connection, lastResort);
    this.#peers.add(peer);
    this.#picker.join(peer);
    this.#onHaves(peer);
    return peer;
  }

  /** A peer has said that it has gained piece `index`; undefined: several. */
  onHave(peer: RemotePeer, index?: number): void {
    if (index === undefined) this.#onHaves(peer);
    else if (peer.pieces.add(index)) {
      this.#picker.gained(peer, index);
      if (!this.#options.have.has(index)) this.#weigh(peer, true);
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

  /** `peer` has given a block that it was asked for. Its bytes are lent. */
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

  /** `peer` owes these blocks and gives none: others are asked, and it is not counted on. */
  onSnubbed(peer: RemotePeer, blocks: readonly Block[]): void {
    this.#picker.leave(peer);
    for (const block of blocks) this.#picker.postpone(peer, block);
    this.#askOthers(peer);
  }

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

  /** Piece `index`, which was counted as here, turned out not to be. It is out of `have` already. */
  lost(index: number): void {
    this.#picker.lost(index);
    for (const peer of this.#peers) this.#weigh(peer);
    this.#askOthers();
  }

  /** Asks for nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const index of [...this.#memory.keys()]) this.#dropMemory(index);
    for (const peer of this.#peers) this.#weigh(peer);
  }

  /** What a peer says at first counts as a whole: one that has everything changes no order. */
  #onHaves(peer: RemotePeer): void {
    const { pieces: told } = peer.connection.session;
    if (told.count === peer.pieces.count) return;
    const first = peer.pieces.count === 0;
    if (first) this.#picker.leave(peer);
    for (const index of told) if (peer.pieces.add(index) && !first) this.#picker.gained(peer, index);
    if (first) this.#picker.join(peer);
    this.#weigh(peer);
    peer.ask();
  }

  #complete(piece: PartialPiece<RemotePeer>, memory: PieceMemory): void {
    const { file } = this.#options;
    const { index, givers } = piece;
    if (memory.matches(pieceHash(file, index))) {
      this.#memory.delete(index);
      for (const liar of this.#suspicion.right(index, memory.bytes)) this.#condemn(liar);
      void this.#write(index, memory);
      return;
    }
    const liar = this.#suspicion.wrong(index, memory.bytes, givers);
    this.#picker.failed(index, liar === undefined);
    if (liar !== undefined) this.#condemn(liar);
    this.#askOthers();
  }

  #condemn(liar: RemotePeer): void {
    if (this.#condemned.has(liar)) return;
    this.#condemned.add(liar);
    liar.dismiss();
    this.#options.events.onLiar(liar);
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
    // Not `have`: others may be written, and not told of yet.
    if (this.#picker.left === 0) events.onWhole();
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.events.onFailure(error);
  }

  /** Something can be asked for that could not before. */
  #askOthers(but?: RemotePeer): void {
    for (const peer of this.#peers) if (peer !== but) peer.ask();
  }

  /** Whether we are interested in what `peer` has. */
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

/** Whether there is an index in `pieces` that is not in `have`. Byte by byte: it is asked often. */
function anyBut(pieces: Bitfield, have: Bitfield): boolean {
  for (let place = 0; place < pieces.bytes.length; place += 1)
    if (((pieces.bytes[place] as number) & ~(have.bytes[place] as number)) !== 0) return true;
  return false;
}
