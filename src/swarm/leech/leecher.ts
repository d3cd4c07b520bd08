/**
 * The download of one torrent from any number of peers (BEP 3): which peers there are, which blocks come, what is done
 * with a piece when all of it is here. Connections, trackers and files are others' business.
 *
 *     const leecher = new Leecher({ record, have, store, pool, random, events });
 *     leecher.join(connection)        for each peer; what it answers is told of the peer's messages
 *     await events.onWhole
 */

import type { Bitfield } from '../../bytes/bitfield.ts';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import { type Metainfo, pieceCount, pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { Block } from '../../protocols/wire/types.ts';
import { type LeechConnection, LeechPeer } from './leech-peer.ts';
import { Picker } from './picker.ts';
import { PieceMemory, piecesUnderWayMax } from './piece-memory.ts';
import type { PieceUnderWay } from './piece-under-way.ts';
import { Suspicion } from './suspicion.ts';

export interface LeecherEvents {
  /** Piece `index` is here: verified, and written. */
  onPiece(index: number): void;
  /** All pieces are. */
  onWhole(): void;
  /** It gave bytes that do not hash. It is let go by the caller, and must not come again. */
  onLiar(peer: LeechPeer): void;
  /** A piece could not be written: nothing more is asked for. */
  onFailure(error: unknown): void;
}

export interface LeecherOptions {
  readonly file: Metainfo;
  /** The pieces that are here; grows by what is written. */
  readonly have: Bitfield;
  /** Writes a piece that has hashed; `bytes` may be used again once it settles. */
  readonly write: (index: number, bytes: Uint8Array) => Promise<void>;
  readonly pool: BufferPool;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly events: LeecherEvents;
}

export class Leecher {
  readonly #options: LeecherOptions;
  readonly #picker: Picker<LeechPeer>;
  readonly #peers = new Set<LeechPeer>();
  readonly #memory = new Map<number, PieceMemory>();
  readonly #suspicion = new Suspicion<LeechPeer>();
  #stopped = false;

  constructor(options: LeecherOptions) {
    const { file, have, random } = options;
    this.#options = options;
    this.#picker = new Picker({
      shape: { pieces: pieceCount(file), pieceSize: (index) => pieceSize(file, index) },
      have,
      underWayMax: piecesUnderWayMax(file.pieceLength),
      random,
    });
  }

  get peers(): ReadonlySet<LeechPeer> {
    return this.#peers;
  }

  /** Pieces that nobody who is here has, and we have not either. */
  get unreachable(): number[] {
    const { have } = this.#options;
    const lasts = [...this.#peers].filter(({ lastResort }) => lastResort);
    return Array.from({ length: have.size }, (_, index) => index).filter(
      (index) => !have.has(index) && this.#picker.copies(index) === 0 && !lasts.some(({ pieces }) => pieces.has(index)),
    );
  }

  /** A peer has come. `lastResort`: it is asked only for what no other has. */
  join(connection: LeechConnection, lastResort = false): LeechPeer {
    const peer = new LeechPeer(this, connection, lastResort);
    this.#peers.add(peer);
    this.#picker.join(peer);
    this.onHave(peer);
    return peer;
  }

  /** A peer has said that it has gained piece `index`; undefined: several. */
  onHave(peer: LeechPeer, index?: number): void {
    const told = index === undefined ? peer.connection.session.pieces : [index];
    if (peer.pieces.count === 0) {
      // What it says at first counts as a whole: a peer that has everything changes no order.
      this.#picker.leave(peer);
      for (const gained of told) peer.pieces.add(gained);
      this.#picker.join(peer);
    } else {
      for (const gained of told) if (peer.pieces.add(gained)) this.#picker.gained(peer, gained);
    }
    this.#consider(peer);
  }

  /** The next block to ask of `peer`. */
  next(peer: LeechPeer): Block | undefined {
    return this.#stopped ? undefined : this.#picker.next(peer);
  }

  /** `peer` has given a block that it was asked for. Its bytes are lent. */
  onBlock(peer: LeechPeer, block: Block, bytes: Uint8Array): void {
    const piece = this.#picker.wanting(peer, block);
    if (piece === undefined || this.#stopped) return;
    const memory = this.#memoryOf(piece);
    memory.put(block.begin, bytes);
    for (const other of piece.arrived(block.begin, peer)) other.cancel(block);
    if (piece.complete) this.#complete(piece, memory);
  }

  /** `peer` is not going to give these blocks. */
  release(peer: LeechPeer, blocks: readonly Block[]): void {
    for (const block of blocks) if (this.#picker.release(peer, block)) this.#dropMemory(block.index);
    if (blocks.length > 0) this.#askOthers(peer);
  }

  /** `peer` owes these blocks and gives none: others are asked, and it is not counted on. */
  onSnubbed(peer: LeechPeer, blocks: readonly Block[]): void {
    this.#picker.leave(peer);
    this.release(peer, blocks);
  }

  onRecovered(peer: LeechPeer): void {
    this.#picker.join(peer);
  }

  leave(peer: LeechPeer): void {
    this.#picker.leave(peer);
    this.#peers.delete(peer);
  }

  /** Piece `index`, which was counted as here, turned out not to be. It is out of `have` already. */
  lost(index: number): void {
    this.#picker.lost(index);
    for (const peer of this.#peers) this.#consider(peer);
  }

  /** Asks for nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const index of [...this.#memory.keys()]) this.#dropMemory(index);
  }

  #complete(piece: PieceUnderWay<LeechPeer>, memory: PieceMemory): void {
    const { file } = this.#options;
    const { index, givers } = piece;
    this.#memory.delete(index);
    if (memory.matches(pieceHash(file, index))) {
      for (const liar of this.#suspicion.right(index, memory.bytes)) this.#condemn(liar);
      void this.#write(index, memory);
      return;
    }
    const liar = this.#suspicion.wrong(index, memory.bytes, givers);
    memory.release();
    this.#picker.failed(index, liar === undefined);
    if (liar !== undefined) this.#condemn(liar);
    this.#askOthers();
  }

  #condemn(liar: LeechPeer): void {
    liar.dismiss();
    this.#options.events.onLiar(liar);
  }

  async #write(index: number, memory: PieceMemory): Promise<void> {
    const { write, events, have } = this.#options;
    try {
      await write(index, memory.bytes);
    } catch (error) {
      if (!this.#stopped) events.onFailure(error);
      this.stop();
      return;
    } finally {
      memory.release();
    }
    this.#picker.finished(index);
    events.onPiece(index);
    for (const peer of this.#peers) if (peer.pieces.has(index)) this.#consider(peer);
    if (have.full) events.onWhole();
  }

  /** Something can be asked for that could not before. */
  #askOthers(but?: LeechPeer): void {
    for (const peer of this.#peers) if (peer !== but) peer.ask();
  }

  /** Whether we are interested in what `peer` has; if so, asks for it. */
  #consider(peer: LeechPeer): void {
    const { have } = this.#options;
    const interested = !this.#stopped && !have.full && anyBut(peer.pieces, have);
    peer.beInterested(interested);
    if (interested) peer.ask();
  }

  #memoryOf({ index, size }: PieceUnderWay<LeechPeer>): PieceMemory {
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
