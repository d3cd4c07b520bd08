/**
 * One session with a storage peer: from opening its two FIFOs to the end of either. It numbers requests, gives replies
 * to those who wait for them, and notices when the peer is gone (at once) or frozen (`session-watch.ts`). It knows
 * verbs only to write them; what pieces are is the business of `fifo-holder.ts`.
 *
 *     const session = await FifoSession.open('peers/p1', options);
 *     const { reply } = await session.ask({ verb: 'PING' });
 *
 * Once over, it never comes back: a new session has new FIFOs.
 */

import { type Clock, systemClock } from '../../async/clock.ts';
import { errorText } from '../../bytes/coded-error.ts';
import { type Observer, traceTo } from '../../bytes/trace.ts';
import { fifoPair } from '../../io/fifo/files.ts';
import { type FifoEnds, openServerEnds } from '../../io/fifo/open.ts';
import type { FifoSink } from '../../io/fifo/reader.ts';
import type { Log } from '../../io/log.ts';
import { IpcError } from '../../protocols/ipc/errors.ts';
import { parseReply } from '../../protocols/ipc/line.ts';
import { IpcReader } from '../../protocols/ipc/read.ts';
import { observeSent } from '../../protocols/ipc/trace.ts';
import type { IpcReply, IpcRequest } from '../../protocols/ipc/types.ts';
import { encodeRequest } from '../../protocols/ipc/write.ts';
import { HolderError } from '../holders/holder.ts';
import { type OkReply, type PayloadMemory, PendingReplies } from './pending-replies.ts';
import { type SessionTimeouts, SessionWatch, sessionTimeouts } from './session-watch.ts';

/** The collaborators of a session, and its timeouts. */
export interface SessionOptions {
  readonly log: Log;
  /** Random numbers from 0 to below 1; one chooses the first `seq`. */
  readonly random: () => number;
  readonly timeouts?: Partial<SessionTimeouts>;
  /** The machine's own time, unless it is replaced in tests. */
  readonly clock?: Pick<Clock, 'every'>;
  /** Takes the annotated messages, line by line (`--trace`). */
  readonly trace?: ((line: string) => void) | undefined;
}

type WithoutSeq<Request> = Request extends unknown ? Omit<Request, 'seq'> : never;

/** The things that may go with a request: a payload to send, or memory for the one that is expected. */
export interface AskOptions {
  readonly payload?: Uint8Array;
  readonly memory?: PayloadMemory;
  /** Called once if the session is `stalled` while the reply is owed. */
  readonly onStall?: (() => void) | undefined;
}

/**
 * The range of the first `seq`: so large that a stale reply of an earlier session cannot pass for one of this session.
 */
const firstSeqs = 2 ** 48;

/** The server's side of one session. */
export class FifoSession implements FifoSink {
  readonly #pending = new PendingReplies();
  readonly #input: IpcReader<IpcReply>;
  readonly #observe: Observer | undefined;
  readonly #log: Log;
  readonly #timeouts: SessionTimeouts;
  readonly #watch: SessionWatch;
  /** The server's ends of both FIFOs, once they are open. */
  #ends: FifoEnds | undefined;
  #stopTicking: () => void = () => {};
  #onClosed: (reason: HolderError) => void = () => {};
  #overBecause: HolderError | undefined;
  #nextSeq: number;
  /** The callbacks of those who wait for replies, called once when the peer falls silent. */
  readonly #onStall = new Set<() => void>();
  /** The counts of the last tick. */
  #before = { bytesRead: 0, bytesFlushed: 0, busy: false };

  /** Fulfilled once, when the session is over, with the reason. */
  readonly closed = new Promise<HolderError>((resolve) => {
    this.#onClosed = resolve;
  });

  /** Opens both FIFOs in `directory`. Fails with HolderError: 'gone' when nobody is there. */
  static async open(directory: string, options: SessionOptions): Promise<FifoSession> {
    const session = new FifoSession(options);
    try {
      const ends = await openServerEnds(fifoPair(directory), session, (error) => session.onClose(error));
      session.#begin(ends, options.clock ?? systemClock);
      return session;
    } catch (error) {
      throw sessionEnd(error);
    }
  }

  private constructor({ log, random, timeouts, trace }: SessionOptions) {
    this.#input = new IpcReader(parseReply, this.#pending, trace && traceTo(trace, '<'));
    this.#observe = trace && traceTo(trace, '>');
    this.#log = log;
    this.#timeouts = { ...sessionTimeouts, ...timeouts };
    this.#watch = new SessionWatch(this.#timeouts);
    this.#nextSeq = Math.floor(random() * firstSeqs);
  }

  /**
   * Sends a request. Settles once the reply is there and nobody needs `payload` any more. Fails with HolderError: the
   * peer's error, or the reason why the session is over.
   */
  async ask(request: WithoutSeq<IpcRequest>, { payload, memory, onStall }: AskOptions = {}): Promise<OkReply> {
    const [over, ends] = [this.#overBecause, this.#ends];
    if (over !== undefined || ends === undefined) {
      throw new HolderError('gone', `the session is over: ${over?.message ?? 'it has not begun'}`);
    }
    const seq = String(this.#nextSeq++);
    this.#watch.begin(request.verb);
    if (onStall !== undefined) this.#onStall.add(onStall);
    const replied = this.#pending.expect(seq, memory);
    const line = encodeRequest({ ...request, seq });
    if (this.#observe !== undefined) observeSent(this.#observe, line, payload?.length);
    const written = ends.writer.write(payload ? 'bulk' : 'short', line, payload);
    const noted = written.then(() => this.#watch.written(request.verb, seq));
    // Both, since an ERR may come while the payload is still being written. A write fails only with the session.
    const [reply] = await Promise.allSettled([replied, noted]);
    this.#watch.end(request.verb, seq);
    if (onStall !== undefined) this.#onStall.delete(onStall);
    this.#logExchange(request, seq, reply);
    if (reply.status === 'rejected') throw reply.reason;
    return reply.value;
  }

  /** Ends the session. Nothing is read or written any more when this returns; then whatever is pending fails. */
  close(reason: HolderError): void {
    if (this.#overBecause !== undefined) return;
    this.#overBecause = reason;
    this.#stopTicking();
    this.#closeEnds();
    this.#pending.failAll(reason);
    this.#onClosed(reason);
  }

  /** Whether the peer owes replies and has shown no sign of life for two ticks. */
  get stalled(): boolean {
    return this.#watch.stalled;
  }

  /** Notes that the peer replies to a PING also while it is busy with a SYNC: silence then means the same as ever. */
  expectAnyOrder(): void {
    this.#watch.anyOrder = true;
  }

  buffer(): Uint8Array {
    return this.#input.buffer();
  }

  received(count: number): void {
    this.#input.received(count);
  }

  onClose(error: Error | undefined): void {
    this.close(sessionEnd(error));
  }

  /** Takes the ends that were opened. The session may be over already: the peer went while the second was opened. */
  #begin(ends: FifoEnds, clock: Pick<Clock, 'every'>): void {
    this.#ends = ends;
    if (this.#overBecause !== undefined) {
      this.#closeEnds();
      return;
    }
    const { tickMs } = this.#timeouts;
    this.#stopTicking = clock.every(tickMs, () => this.#tick(tickMs));
  }

  #closeEnds(): void {
    this.#ends?.reader.close();
    this.#ends?.writer.close();
  }

  #tick(ms: number): void {
    switch (this.#watch.tick(ms, { moved: this.#peerMoved(), receiving: this.#pending.receiving })) {
      case 'well':
        return;
      case 'idle':
        this.ask({ verb: 'PING' }).catch(() => {}); // its failure, if it fails, is the session's
        return;
      case 'stalled':
        this.#tellOfStall();
        if (this.#watch.needsPing) this.ask({ verb: 'PING' }).catch(() => {}); // likewise
        return;
      case 'frozen':
        this.close(new HolderError('timeout', 'no sign of life for too long'));
        return;
      case 'skipping':
        this.close(new HolderError('timeout', 'a request was not answered, although others were'));
    }
  }

  #tellOfStall(): void {
    const listeners = [...this.#onStall];
    this.#onStall.clear();
    for (const tell of listeners) tell();
  }

  /**
   * Whether the peer wrote or read anything since the last tick. That the FIFO took some bytes tells nothing of the
   * peer, unless it was full before: then the peer made room.
   */
  #peerMoved(): boolean {
    if (this.#ends === undefined) return false;
    const { reader, writer } = this.#ends;
    const now = { bytesRead: reader.bytesRead, bytesFlushed: writer.bytesFlushed, busy: writer.busy };
    const before = this.#before;
    this.#before = now;
    return now.bytesRead > before.bytesRead || (before.busy && now.bytesFlushed > before.bytesFlushed);
  }

  #logExchange(request: WithoutSeq<IpcRequest>, seq: string, reply: PromiseSettledResult<OkReply>): void {
    if (!this.#log.enabled('debug')) return;
    const { verb, ...fields } = request;
    const outcome = reply.status === 'fulfilled' ? 'OK' : `${reply.reason.code}: ${reply.reason.message}`;
    this.#log.debug('ipc', verb, { ...fields, seq, outcome });
  }
}

/** The error for those who wait, when a FIFO has ended, or could not be opened or understood. */
function sessionEnd(error: unknown): HolderError {
  if (error === undefined) return new HolderError('gone', 'the peer closed its FIFO');
  if (error instanceof HolderError) return error;
  if (error instanceof IpcError) return new HolderError('protocol', error.message, { cause: error });
  // Not `io`, whatever the pipe's fault was: that is what a peer says of its disk, and tells of a copy.
  return new HolderError('gone', errorText(error), { cause: error });
}
