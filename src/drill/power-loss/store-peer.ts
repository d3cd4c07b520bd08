/** A storage peer without its FIFOs: a piece store that the server talks to directly. */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { PieceStore } from '../../io/pieces/piece-store.ts';
import type { PeerSession } from '../../storage/fifo/known-peers.ts';
import { type HeldFile, HolderError, type PieceToStore } from '../../storage/holders/holder.ts';
import { TempHolder } from '../../storage/holders/temp-holder.ts';

/** The bytes that the peer says it can take: always enough. */
const freeBytes = 1e9;

export class StorePeer implements PeerSession {
  readonly id: PeerId;
  readonly kind = 'fifo';
  readonly freeBytes = freeBytes;
  /** Keeps pieces as the server's own store does, under another name. */
  readonly #pieces: TempHolder;
  readonly #onClose: (reason: HolderError) => void;
  readonly #underWay = new Set<Promise<unknown>>();
  #serverIsDead = false;

  constructor(id: PeerId, store: PieceStore, onClose: (reason: HolderError) => void) {
    this.id = id;
    this.#pieces = new TempHolder(store);
    this.#onClose = onClose;
  }

  async measureFreeBytes(): Promise<number> {
    return freeBytes;
  }

  getPiece(file: TorrentId, pieceIndex: number, into: Uint8Array): Promise<void> {
    return this.#ask(() => this.#pieces.getPiece(file, pieceIndex, into));
  }

  storePiece(file: TorrentId, piece: PieceToStore): Promise<void> {
    return this.#ask(() => this.#pieces.storePiece(file, piece));
  }

  sync(file: TorrentId): Promise<void> {
    return this.#ask(() => this.#pieces.sync(file));
  }

  drop(file: TorrentId): Promise<void> {
    return this.#ask(() => this.#pieces.drop(file));
  }

  dropPiece(file: TorrentId, pieceIndex: number): Promise<void> {
    return this.#ask(() => this.#pieces.dropPiece(file, pieceIndex));
  }

  verifyPiece(file: TorrentId, pieceIndex: number, sha1: string): Promise<void> {
    return this.#ask(() => this.#pieces.verifyPiece(file, pieceIndex, sha1));
  }

  list(file?: TorrentId): Promise<HeldFile[]> {
    return this.#ask(() => this.#pieces.list(file));
  }

  close(): void {
    this.#onClose(new HolderError('gone', 'closed by the server'));
  }

  /** Settles when nothing is under way any more, also of what nobody waits for. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** Cuts the server off, since it was killed: what it goes on to ask never reaches the peer. */
  cutOff(): void {
    this.#serverIsDead = true;
  }

  #ask<Result>(ask: () => Promise<Result>): Promise<Result> {
    if (this.#serverIsDead) return new Promise(() => {});
    const work = ask();
    this.#underWay.add(work);
    const done = (): void => void this.#underWay.delete(work);
    work.then(done, done);
    return work;
  }
}
