/**
 * One session with a server: from its first request to the end of the stream. It reads requests, has them all worked on
 * at once, and sends each reply when it is ready; a line without `seq` (a person at a shell) gets its reply in order.
 * The meaning of requests is the PieceServer's business; the source of the bytes, a FIFO or stdin, the caller's.
 *
 * The session's memory is bounded, whatever the other side does: nothing more is read while too many requests or pieces
 * wait, and a piece that is asked for is only read from the disk when there is room for it.
 */

import type { Clock } from '../async/clock.ts';
import { Gate } from '../async/gate.ts';
import { Mutex } from '../async/mutex.ts';
import type { BufferPool } from '../bytes/buffer-pool.ts';
import { traceTo } from '../bytes/trace.ts';
import { FifoError } from '../io/fifo/error.ts';
import type { FifoSink } from '../io/fifo/reader.ts';
import type { Log } from '../io/log.ts';
import { IpcError } from '../protocols/ipc/errors.ts';
import { parseRequest } from '../protocols/ipc/line.ts';
import { IpcReader, type IpcSink } from '../protocols/ipc/read.ts';
import type { IpcRequest, Seq } from '../protocols/ipc/types.ts';
import type { PieceServer, SendReply } from './piece-server.ts';
import { type OpenReplies, Replies } from './replies.ts';
import type { ToldEpoch } from './seen-epoch.ts';

/** The source of requests. */
export interface SessionInput {
  pause(): void;
  resume(): void;
  close(): void;
}

export interface SessionContext {
  readonly server: PieceServer;
  readonly pool: BufferPool;
  readonly openReplies: OpenReplies;
  readonly log: Log;
  readonly clock?: Clock;
  /** Takes the annotated messages, line by line. */
  readonly trace?: ((line: string) => void) | undefined;
}

export const sessionLimits = {
  /** The most requests that wait for a reply: more than a server has reason to send ahead, a few hundred bytes each. */
  requestsMax: 4096,
  /**
   * The most bytes of pieces that came and are not on the disk yet; one more piece, of up to 16 MiB, may be on its way
   * in.
   */
  storeBytesMax: 32 * 1024 * 1024,
  /**
   * The time after which replies of which no byte is taken are given up, at the end of the session. An fsync can be
   * slow.
   */
  drainStallMs: 10_000,
} as const;

export class Session implements FifoSink, IpcSink<IpcRequest> {
  readonly #context: SessionContext;
  readonly #reader: IpcReader<IpcRequest>;
  readonly #work = new Gate();
  #input: SessionInput | undefined;
  #replies: Replies | undefined;
  /** The buffer that the coming piece is read into. */
  #incoming: Uint8Array | undefined;
  /** Held while a request without `seq` is worked on: such requests get their replies in order. */
  readonly #inOrder = new Mutex();
  /** The state of the metadata of this session's server, as it told. */
  readonly #told: ToldEpoch = { epoch: undefined };
  #requests = 0;
  #storeBytes = 0;
  #paused = false;
  #ended = false;
  #answered: Promise<void> | undefined;
  #onOver: (reason: string) => void = () => {};

  /**
   * Settles with the reason, in words, once the session is over: replies are sent, or it is known that they cannot be.
   * The other side does not see the end before `close()`.
   */
  readonly over = new Promise<string>((resolve) => {
    this.#onOver = resolve;
  });

  constructor(context: SessionContext) {
    this.#context = context;
    const { trace } = context;
    this.#reader = new IpcReader(parseRequest, this, trace && traceTo(trace, '>'));
  }

  /** Sets the source of the requests. Called once, before the first byte comes. */
  readFrom(input: SessionInput): void {
    this.#input = input;
  }

  /** Takes no more requests; those that came get their replies. */
  stop(): void {
    void this.#end('this peer stops');
  }

  /** Closes the way back; settles once no work for this session is under way. Called when the session is over. */
  async close(): Promise<void> {
    await this.#replies?.close();
    await this.#answered;
  }

  buffer(): Uint8Array {
    return this.#reader.buffer();
  }

  received(count: number): void {
    this.#replies ??= this.#openReplies();
    this.#reader.received(count);
  }

  #openReplies(): Replies {
    const { openReplies, clock, trace } = this.#context;
    const observe = trace && traceTo(trace, '<');
    return new Replies(openReplies, (error) => void this.#end(error.message, true), clock, observe);
  }

  /** Called at the end of the requests, or (with an IpcError) when nobody can tell where the next one begins. */
  onClose(error: Error | undefined): void {
    if (error instanceof IpcError) this.onFault(error);
    void this.#end(error?.message ?? 'the server closed it');
  }

  onPayload(request: IpcRequest, size: number): Uint8Array | null {
    if (request.verb !== 'STORE_PART' && request.verb !== 'STORE_INFO') return null;
    this.#incoming = this.#context.pool.take(size);
    return this.#incoming.subarray(0, size);
  }

  onMessage(request: IpcRequest): void {
    const buffer = this.#incoming;
    this.#incoming = undefined;
    this.#accept(request.seq, buffer, async (replies) => {
      const send: SendReply = (fields, payload) => replies.ok(request.verb, request.seq, fields, payload);
      await this.#context.server.serve(request, buffer?.subarray(0, request.size) ?? null, send, this.#told);
    });
  }

  onFault(error: IpcError): void {
    this.#accept(error.seq, undefined, async () => {
      throw error;
    });
  }

  /** Has `work` done at once, or in its turn if there is no `seq`. `buffer` goes back to the pool after it. */
  #accept(seq: Seq, buffer: Uint8Array | undefined, work: (replies: Replies) => Promise<void>): void {
    const replies = this.#replies;
    if (replies === undefined || this.#ended) return;
    const answer = (): Promise<void> => this.#answer(seq, replies, work);
    void this.#work.run(async () => {
      await (seq === undefined ? this.#inOrder.run(answer) : answer());
      if (buffer !== undefined) this.#context.pool.give(buffer);
      this.#carry(-1, -(buffer?.length ?? 0));
    });
    this.#carry(1, buffer?.length ?? 0);
  }

  /**
   * Does `work` and sees that a reply is sent. Never fails: what goes wrong becomes an ERR, or is the end of the
   * session anyway.
   */
  async #answer(seq: Seq, replies: Replies, work: (replies: Replies) => Promise<void>): Promise<void> {
    try {
      await work(replies).catch((error: unknown) => replies.err(seq, this.#asIpcError(error)));
    } catch (error) {
      // The way back is broken: whoever noticed it has ended the session. Anything else is our mistake.
      if (!(error instanceof FifoError)) this.#context.log.error('peer', 'a reply could not be sent', {}, error);
    }
  }

  #asIpcError(error: unknown): IpcError {
    if (error instanceof FifoError) throw error;
    if (error instanceof IpcError) return error;
    this.#context.log.error('peer', 'a request failed in a way that nobody thought of', {}, error);
    return new IpcError('io', 'internal error');
  }

  /** Counts what is in memory, and has the input wait, or go on, accordingly. */
  #carry(requests: number, storeBytes: number): void {
    this.#requests += requests;
    this.#storeBytes += storeBytes;
    const { requestsMax, storeBytesMax } = sessionLimits;
    const full = this.#requests >= requestsMax || this.#storeBytes >= storeBytesMax;
    if (full === this.#paused || this.#ended) return;
    this.#paused = full;
    if (full) this.#input?.pause();
    else this.#input?.resume();
  }

  async #end(reason: string, broken = false): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#input?.close();
    this.#answered = this.#work.shut();
    if (!broken) await this.#replies?.progressing(this.#answered, sessionLimits.drainStallMs);
    this.#onOver(reason);
  }
}
