/**
 * A storage peer as a holder: the verbs of the FIFO protocol behind the interface that the rest of the server knows.
 * It does not know how a session works (`fifo-session.ts`) or which pieces should be where.
 *
 *     const holder = await openFifoHolder({ id, directory: 'peers/p1', log, random: Math.random, onClose });
 *     await holder.getPiece(file, 7, into);      GET_PART file=… part=7 seq=K     OK seq=K size=S + the piece
 */
import { createHash } from 'node:crypto';
import { inSlices } from '../../async/in-slices.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { HeldFile, PieceToStore } from '../../bytes/pieces.ts';
import { IpcError } from '../../protocols/ipc/errors.ts';
import { readList } from '../../protocols/ipc/parts.ts';
import { ipcVersion } from '../../protocols/ipc/types.ts';
import { HolderError, type StoringHolder } from '../holders/holder.ts';
import { FifoSession, type SessionOptions } from './fifo-session.ts';

/** The age of the server's metadata, which peers are told (`ledger.ts`). */
export interface Epochs {
  readonly epoch: number;
  readonly older: object | undefined;
  heardEpoch(peer: PeerId, seen: number | undefined): Promise<void>;
}

/** The peer, and its session. */
export interface FifoHolderOptions extends SessionOptions {
  /** The id under which the peer registered: it must call itself the same. */
  readonly id: PeerId;
  /** The folder with the two FIFOs, already found to be a place where peers may be (`checkFifoDirectory`). */
  readonly directory: string;
  /** The age of the metadata; in tests there may be none: the peer is then told no epoch. */
  readonly epochs?: Epochs;
  /** Called once, after the session of a holder that was opened is over: because the peer is gone, or `close()`. */
  readonly onClose?: (reason: HolderError) => void;
}

/** Opens a session with the peer and checks that it is who it should be. Fails with HolderError. */
export async function openFifoHolder(options: FifoHolderOptions): Promise<FifoHolder> {
  const session = await FifoSession.open(options.directory, options);
  const holder = new FifoHolder(options.id, session, options.epochs);
  try {
    await holder.hello();
  } catch (error) {
    session.close(error instanceof HolderError ? error : new HolderError('io', 'HELLO failed', { cause: error }));
    throw error;
  }
  options.log.info('ipc', 'session opened', { peer: options.id, directory: options.directory });
  void session.closed.then((reason) => {
    options.log.info('ipc', 'session closed', { peer: options.id, code: reason.code, reason: reason.message });
    options.onClose?.(reason);
  });
  return holder;
}

/** One storage peer that is online. */
export class FifoHolder implements StoringHolder {
  readonly id: PeerId;
  readonly kind = 'fifo';
  readonly #session: FifoSession;
  #freeBytes = 0;
  #asideFiles = 0;
  /** Whether pieces were dropped whose space the next SYNC frees. */
  #freesBySync = false;
  /** Whether the peer knows VERIFY_PART, as far as we know. */
  #verifies = true;
  /** Whether the peer keeps info dictionaries, as far as we know. */
  #keepsInfo = true;
  readonly #lackingInfo = new Set<TorrentId>();

  readonly #epochs: Epochs | undefined;
  /** The epoch that the peer was told last, if it keeps epochs. */
  #toldEpoch: number | undefined;

  constructor(id: PeerId, session: FifoSession, epochs?: Epochs) {
    this.id = id;
    this.#session = session;
    this.#epochs = epochs;
  }

  /** Bytes that the peer can still take, as it said last, less what was stored since. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** The number of files that the peer put aside, as it said last; 0 for one that puts nothing aside. */
  get asideFiles(): number {
    return this.#asideFiles;
  }

  async measureFreeBytes(): Promise<number> {
    await this.hello();
    return this.#freeBytes;
  }

  get stalled(): boolean {
    return this.#session.stalled;
  }

  async getPiece(file: TorrentId, pieceIndex: number, into: Uint8Array, onStall?: () => void): Promise<void> {
    const memory = (size: number) => {
      if (size === into.length) return into;
      throw new HolderError(
        'protocol',
        `piece ${pieceIndex} of ${file} came with ${size} bytes, it has ${into.length}`,
      );
    };
    await this.#session.ask({ verb: 'GET_PART', file, part: pieceIndex }, { memory, onStall });
  }

  async storePiece(file: TorrentId, { pieceIndex, offset, sha1, bytes }: PieceToStore): Promise<void> {
    const request = { verb: 'STORE_PART', file, part: pieceIndex, size: bytes.length, offset, sha1 } as const;
    await this.#session.ask(request, { payload: bytes });
    this.#freeBytes = Math.max(0, this.#freeBytes - bytes.length);
  }

  async sync(file: TorrentId): Promise<void> {
    const frees = this.#freesBySync;
    this.#freesBySync = false;
    await this.#session.ask({ verb: 'SYNC', file });
    if (frees) await this.hello(); // to know how much that freed
  }

  async drop(file: TorrentId): Promise<void> {
    this.#assertNotOlder();
    await this.#session.ask({ verb: 'DROP_FILE', file });
    await this.hello(); // to know how much that freed
  }

  async dropPiece(file: TorrentId, pieceIndex: number): Promise<void> {
    this.#assertNotOlder();
    await this.#session.ask({ verb: 'DROP_PART', file, part: pieceIndex });
    this.#freesBySync = true;
  }

  async verifyPiece(file: TorrentId, pieceIndex: number, sha1: string): Promise<void> {
    if (!this.#verifies) return this.#verifyHere(file, pieceIndex, sha1);
    try {
      await this.#session.ask({ verb: 'VERIFY_PART', file, part: pieceIndex, sha1 });
    } catch (error) {
      if (!(error instanceof HolderError && error.code === 'unsupported')) throw error;
      this.#verifies = false;
      await this.#verifyHere(file, pieceIndex, sha1);
    }
  }

  get lackingInfo(): Iterable<TorrentId> {
    return this.#lackingInfo;
  }

  async storeInfo(file: TorrentId, info: Uint8Array): Promise<void> {
    if (!this.#keepsInfo) return;
    try {
      await this.#session.ask({ verb: 'STORE_INFO', file, size: info.length }, { payload: info });
      this.#lackingInfo.delete(file);
    } catch (error) {
      if (!(error instanceof HolderError && error.code === 'unsupported')) throw error;
      this.#keepsInfo = false;
      this.#lackingInfo.clear();
    }
  }

  async getInfo(file: TorrentId): Promise<Uint8Array> {
    const memory = (size: number) => new Uint8Array(size); // bounded by the reader of lines
    const { payload } = await this.#session.ask({ verb: 'GET_INFO', file }, { memory });
    return payload ?? new Uint8Array(0);
  }

  async restore(file: TorrentId): Promise<HeldFile | undefined> {
    const [restored] = await this.#lists({ verb: 'RESTORE_FILE', file });
    if (restored !== undefined) await this.hello(); // less is aside now, and less is free
    return restored;
  }

  async list(file?: TorrentId): Promise<HeldFile[]> {
    return this.#lists({ verb: 'LIST_PARTS', file });
  }

  async #lists(request: Parameters<FifoSession['ask']>[0]): Promise<HeldFile[]> {
    const memory = (size: number) => new Uint8Array(size); // bounded by the reader of lines
    const { payload } = await this.#session.ask(request, { memory });
    try {
      const held = await inSlices(readList(payload ?? new Uint8Array(0)));
      this.#noteInfos(held);
      return held;
    } catch (error) {
      if (!(error instanceof IpcError)) throw error;
      throw this.#violation(error.message, error);
    }
  }

  #noteInfos(held: readonly HeldFile[]): void {
    if (!this.#keepsInfo) return;
    for (const { file, shared, info } of held) {
      if (info || shared) this.#lackingInfo.delete(file);
      else this.#lackingInfo.add(file);
    }
  }

  /** Asks who the peer is, which version it speaks, and how much it can still take. */
  async hello(): Promise<void> {
    const epoch = this.#epochs?.epoch;
    if (this.#toldEpoch !== undefined) this.#toldEpoch = epoch;
    const { reply } = await this.#session.ask({ verb: 'HELLO', version: ipcVersion, epoch });
    if (reply.version !== ipcVersion) throw this.#violation(`it speaks version ${reply.version}, not ${ipcVersion}`);
    if (reply.peer !== this.id) throw this.#violation(`it calls itself ${reply.peer}, not ${this.id}`);
    if (reply.free === undefined) throw this.#violation('it does not say how much it can take (free=)');
    this.#freeBytes = reply.free;
    this.#asideFiles = reply.aside ?? 0;
    if (reply.order === 'any') this.#session.expectAnyOrder();
    if (reply.epoch !== undefined) this.#toldEpoch ??= epoch;
    await this.#epochs?.heardEpoch(this.id, reply.epoch);
  }

  /** Tells the peer the epoch, if it keeps epochs and this one has grown since. Fails with HolderError. */
  async tellEpoch(): Promise<void> {
    if (this.#toldEpoch !== undefined && this.#toldEpoch !== this.#epochs?.epoch) await this.hello();
  }

  /** Nothing is dropped on the word of metadata that is older than what a peer has seen: also not by older peers. */
  #assertNotOlder(): void {
    if (this.#epochs?.older === undefined) return;
    throw new HolderError('stale', 'the metadata is older than what a peer has seen: nothing is dropped');
  }

  /** Ends the session; `onClose` is called. */
  close(): void {
    this.#session.close(new HolderError('gone', 'closed by the server'));
  }

  /** Has the piece sent, and hashes it here, since the peer does not know VERIFY_PART. */
  async #verifyHere(file: TorrentId, pieceIndex: number, sha1: string): Promise<void> {
    const memory = (size: number) => new Uint8Array(size); // as long as a piece may be, at most
    const { payload } = await this.#session.ask({ verb: 'GET_PART', file, part: pieceIndex }, { memory });
    const found = createHash('sha1')
      .update(payload ?? '')
      .digest('hex');
    if (found !== sha1) throw new HolderError('corrupt', `piece ${pieceIndex} of ${file} has the hash ${found}`);
  }

  /** Ends the session, since the peer broke the protocol. Answers the error for whoever asked. */
  #violation(message: string, cause?: unknown): HolderError {
    const error = new HolderError('protocol', message, { cause });
    this.#session.close(error);
    return error;
  }
}
