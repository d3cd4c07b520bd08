/**
 * Does what requests ask: a verb of the IPC protocol becomes calls of the piece store, their outcome a reply. It does
 * not know where requests come from nor how replies get there.
 *
 *     GET_PART file=3f78…c1 part=7 seq=12    ->    OK seq=12 size=262144, and the piece
 */
import type { BufferPool } from '../bytes/buffer-pool.ts';
import type { PeerId, TorrentId } from '../bytes/ids.ts';
import { type PieceStore, StoreError } from '../io/pieces/piece-store.ts';
import { IpcError } from '../protocols/ipc/errors.ts';
import { encodeList } from '../protocols/ipc/parts.ts';
import {
  type Hello,
  type IpcRequest,
  ipcLimits,
  ipcVersion,
  type StorePart,
  type VerifyPart,
} from '../protocols/ipc/types.ts';
import { ByteBudget } from './byte-budget.ts';
import { FileOrder } from './file-order.ts';
import type { ReplyFields } from './replies.ts';
import type { SeenEpoch, ToldEpoch } from './seen-epoch.ts';

/** Sends the reply; settles once `payload` may be used again. Fails when it cannot be sent any more. */
export type SendReply = (fields: ReplyFields, payload?: Uint8Array) => Promise<void>;

/**
 * The most bytes of pieces that were asked for in memory at once: being read, or waiting to be taken by the server.
 * Enough to keep disk and FIFO busy at the same time with pieces of any size; pieces beyond that wait unread.
 */
const readBytesMax = 32 * 1024 * 1024;

export class PieceServer {
  readonly #id: PeerId;
  readonly #store: PieceStore;
  /** The epochs of servers; a peer in tests may have none, and drops on any word. */
  readonly #seen: SeenEpoch | undefined;
  readonly #order = new FileOrder();
  readonly #reads = new ByteBudget(readBytesMax);
  /** The pool that buffers for pieces come from. */
  readonly #pool: BufferPool;

  constructor(id: PeerId, store: PieceStore, pool: BufferPool, seen?: SeenEpoch) {
    this.#id = id;
    this.#store = store;
    this.#pool = pool;
    this.#seen = seen;
  }

  /**
   * Does what `request` asks and sends its reply; `piece` is what came with it, `told` what the session's server told.
   * Fails with an IpcError.
   */
  async serve(request: IpcRequest, piece: Uint8Array | null, send: SendReply, told: ToldEpoch): Promise<void> {
    try {
      if (request.verb === 'HELLO') told.epoch = request.epoch;
      // Before it waits for anything: what a server tells later must not make good what it asked before.
      if (request.verb === 'DROP_FILE' || request.verb === 'DROP_PART') this.#seen?.assertCurrent(told);
      await this.#serve(request, piece, send);
    } catch (error) {
      if (error instanceof StoreError) throw new IpcError(error.code, error.message, { cause: error });
      throw error;
    }
  }

  #serve(request: IpcRequest, piece: Uint8Array | null, send: SendReply): Promise<void> {
    switch (request.verb) {
      case 'HELLO':
        return this.#greet(request, send);
      case 'STORE_PART':
        return this.#storePart(request, piece ?? new Uint8Array(), send);
      case 'GET_PART':
        return this.#order.run(request.file, 'use', () => this.#getPart(request.file, request.part, send));
      case 'LIST_PARTS':
        return this.#listParts(request.file, send);
      case 'SYNC':
        return this.#order.run(request.file, 'use', () => this.#store.sync(request.file)).then(() => send({}));
      case 'DROP_FILE':
        return this.#order.run(request.file, 'drop', () => this.#store.drop(request.file)).then(() => send({}));
      case 'STORE_INFO':
        return this.#order
          .run(request.file, 'store', () => this.#store.infos.store(request.file, piece ?? new Uint8Array()))
          .then(() => send({}));
      case 'GET_INFO':
        return this.#order.run(request.file, 'use', async () => send({}, await this.#store.infos.read(request.file)));
      case 'RESTORE_FILE':
        return this.#order.run(request.file, 'drop', () => this.#restore(request.file, send));
      case 'DROP_PART':
        return this.#dropPart(request.file, request.part, send);
      case 'VERIFY_PART':
        return this.#order.run(request.file, 'use', () => this.#verifyPart(request, send));
      case 'PING':
        return send({});
    }
  }

  async #greet({ version, epoch }: Hello, send: SendReply): Promise<void> {
    if (version !== ipcVersion) throw new IpcError('bad-request', `this peer speaks version ${ipcVersion} only`);
    if (epoch !== undefined) await this.#seen?.hear(epoch);
    const free = await this.#store.freeBytes();
    const aside = this.#store.asides.count > 0 ? this.#store.asides.count : undefined;
    await send({ peer: this.#id, version: ipcVersion, free, order: 'any', epoch: this.#seen?.highest, aside });
  }

  async #restore(file: TorrentId, send: SendReply): Promise<void> {
    const restored = await this.#store.restore(file);
    await send({}, restored ? encodeList(this.#store.list(file)) : new Uint8Array(0));
  }

  async #storePart(
    { file, part: pieceIndex, offset, sha1 }: StorePart,
    bytes: Uint8Array,
    send: SendReply,
  ): Promise<void> {
    if (bytes.length === 0) throw new IpcError('bad-request', 'a piece has at least one byte');
    await this.#order.run(file, 'store', () => this.#store.write(file, { pieceIndex, offset, sha1, bytes }));
    await send({});
  }

  #getPart(file: TorrentId, pieceIndex: number, send: SendReply): Promise<void> {
    return this.#withMemory(file, pieceIndex, async (bytes) => {
      await this.#store.read(file, pieceIndex, bytes);
      await send({}, bytes);
    });
  }

  async #dropPart(file: TorrentId, pieceIndex: number, send: SendReply): Promise<void> {
    await this.#order.run(file, 'drop', () => this.#store.dropPiece(file, pieceIndex));
    await send({});
  }

  async #verifyPart({ file, part: pieceIndex, sha1 }: VerifyPart, send: SendReply): Promise<void> {
    await this.#withMemory(file, pieceIndex, (bytes) => this.#store.verify(file, pieceIndex, sha1, bytes));
    await send({});
  }

  /** Lends `use` memory exactly as long as the piece, as soon as there is room for it. */
  async #withMemory(file: TorrentId, pieceIndex: number, use: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const piece = this.#store.piece(file, pieceIndex);
    if (piece === undefined) throw new IpcError('not-found', `piece ${pieceIndex} of ${file} is not here`);
    await this.#reads.run(piece.size, async () => {
      const buffer = this.#pool.take(piece.size);
      try {
        await use(buffer.subarray(0, piece.size));
      } finally {
        this.#pool.give(buffer);
      }
    });
  }

  async #listParts(file: TorrentId | undefined, send: SendReply): Promise<void> {
    await Promise.all([this.#order.stored(file), this.#store.checkShared()]);
    const list = encodeList(this.#store.list(file));
    if (list.length <= ipcLimits.listBytesMax) return send({}, list);
    throw new IpcError('bad-request', `the list has ${list.length} bytes: ask for one file at a time`);
  }
}
