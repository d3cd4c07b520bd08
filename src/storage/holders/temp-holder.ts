/**
 * The server's own store as a holder: a file's pieces are there until peers have them, and the files of
 * `server_init_files/` are lent from it. A thin translation; the disk is the piece store's business.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import { type PieceStore, StoreError } from '../../io/pieces/piece-store.ts';
import { type HeldFile, HolderError, type PieceToStore, type TempStore, tempHolderId } from './holder.ts';

/** The server's own temp store. */
export class TempHolder implements TempStore {
  readonly id = tempHolderId;
  readonly kind = 'temp';
  readonly #store: PieceStore;
  #freeBytes = 0;

  constructor(store: PieceStore) {
    this.#store = store;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Asks the file system how much the store can take. */
  async measureFreeBytes(): Promise<number> {
    this.#freeBytes = await this.#store.freeBytes();
    return this.#freeBytes;
  }

  getPiece(file: TorrentId, pieceIndex: number, into: Uint8Array): Promise<void> {
    return translated(this.#store.read(file, pieceIndex, into));
  }

  storePiece(file: TorrentId, piece: PieceToStore): Promise<void> {
    return translated(this.#store.write(file, piece));
  }

  sync(file: TorrentId): Promise<void> {
    return translated(this.#store.sync(file));
  }

  drop(file: TorrentId): Promise<void> {
    return translated(this.#store.drop(file));
  }

  release(file: TorrentId): Promise<void> {
    return translated(this.#store.release(file));
  }

  get asideFiles(): number {
    return this.#store.asides.count;
  }

  async restore(file: TorrentId): Promise<HeldFile | undefined> {
    const restored = await translated(this.#store.restore(file));
    return restored ? this.#store.list(file)[0] : undefined;
  }

  storeInfo(file: TorrentId, info: Uint8Array): Promise<void> {
    return translated(this.#store.infos.store(file, info));
  }

  getInfo(file: TorrentId): Promise<Uint8Array> {
    return translated(this.#store.infos.read(file));
  }

  dropPiece(file: TorrentId, pieceIndex: number): Promise<void> {
    return translated(this.#store.dropPiece(file, pieceIndex));
  }

  verifyPiece(file: TorrentId, pieceIndex: number, sha1: string): Promise<void> {
    return translated(this.#store.verify(file, pieceIndex, sha1));
  }

  async list(file?: TorrentId): Promise<HeldFile[]> {
    return this.#store.list(file);
  }
}

async function translated<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError) throw new HolderError(error.code, error.message, { cause: error });
    throw error;
  }
}
