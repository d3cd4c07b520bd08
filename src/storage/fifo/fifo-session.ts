/**
 * One session with a storage peer: from opening its two FIFOs to the end of either. It numbers requests, ties replies
 * to them, and notices when the peer is gone (at once) or frozen (`session-watch.ts`). It knows verbs only to write them;
 * what pieces are is the business of `fifo-holder.ts`.
 *
 *     const session = await FifoSession.open('peers/p1', options);
 *     const { reply } = await session.ask({ verb: 'PING' });
 *
 * Once over, it never comes back: a new session has new FIFOs.
 */

import { type Clock, systemClock } from '../../async/clock.ts';
import { errorText } from '../../bytes/coded-error.ts';
import { type Observer, traceTo } from '../../bytes/trace.ts';
import { FifoError } from '../../io/fifo/error.ts';
import { fifoPair } from '../../io/fifo/files.ts';
import { type FifoEnds, openServerEnds } from '../../io/fifo/open.ts';
import type { FifoReader } from '../../io/fifo/reader.ts';
import type { FifoWriter } from '../../io/fifo/writer.ts';
import type { Log } from '../../io/log.ts';
import { IpcError } from '../../protocols/ipc/errors.ts';
import { parseReply } from '../../protocols/ipc/line.ts';
import { IpcReader } from '../../protocols/ipc/read.ts';
import { observeSent } from '../../protocols/ipc/trace.ts';
import type { IpcReply, IpcRequest } from '../../protocols/ipc/types.ts';
import { encodeRequest } from '../../protocols/ipc/write.ts';
import { HolderError } from '../holders/holder.ts';
import { type Answer, type PayloadMemory, PendingReplies } from './pending-replies.ts';
import { type SessionTimeouts, SessionWatch, sessionTimeouts } from './session-watch.ts';

export interface SessionOptions {
  readonly log: Log;
  /** From 0 to below 1; chooses the first `seq`. */
  readonly random: () => number;
  readonly timeouts?: Partial<SessionTimeouts>;
  /** Tests turn the hand themselves. */
  readonly every?: Clock['every'];
  /** Takes the annotated messages, line by line. */
  readonly trace?: ((line: string) => void) | undefined;
}

type WithoutSeq<Request> = Request extends unknown ? Omit<Request, 'seq'> : never;

/** What goes with a request: a payload to send, or memory for the one that is expected. */
export interface AskOptions {
  readonly payload?: Uint8Array;
  readonly memory?: PayloadMemory;
  /** Called once if the session is `stalled` while the answer is owed. */
  readonly onStall?: (() => void) | undefined;
}

/** So many that no number of an earlier session is met again: a stale reply cannot pass for one of this session. */
const firstSeqs = 2 ** 48;

export class FifoSession {
  /** Fulfilled once, when the session is over, with the reason. */
  readonly closed: Promise<HolderError>;

  readonly #reader: FifoReader;
  readonly #writer: FifoWriter;
  readonly #pending: PendingReplies;
  readonly #log: Log;
  readonly #watch: SessionWatch;
  readonly #stopSweep: () => void;
  readonly #observe: Observer | undefined;
  #reportClosed: (reason: HolderError) => void = () => {};
  #overBecause: HolderError | undefined;
  #nextSeq: number;
  /** Whom to tell, once, that the peer has fallen silent. */
  readonly #onStall = new Set<() => void>();
  /** How things stood at the last sweep. */
  #before = { bytesRead: 0, bytesFlushed: 0, busy: false };

  /** Opens both FIFOs in `directory`. Fails with HolderError: 'gone' when nobody is there. */
  static async open(directory: string, options: SessionOptions): Promise<FifoSession> {
    const pending = new PendingReplies();
    const { trace } = options;
    const input = new IpcReader<IpcReply>(parseReply, pending, trace && traceTo(trace, '<'));
    let onBroken: (error: Error | undefined) => void = () => {};
    const broken = new Promise<Error | undefined>((resolve) => {
      onBroken = resolve;
    });
    const sink = {
      buffer: () => input.buffer(),
      received: (count: number) => input.received(count),
      onClose: onBroken,
    };
    try {
      const ends = await openServerEnds(fifoPair(directory), sink, onBroken);
      return new FifoSession(ends, pending, broken, options);
    } catch (error) {
      throw sessionEnd(error);
    }
  }

  private constructor(
    { reader, writer }: FifoEnds,
    pending: PendingReplies,
    broken: Promise<Error | undefined>,
    options: SessionOptions,
  ) {
    this.#reader = reader;
    this.#writer = writer;
    this.#pending = pending;
    this.#log = options.log;
    const timeouts = { ...sessionTimeouts, ...options.timeouts };
    this.#watch = new SessionWatch(timeouts);
    this.#observe = options.trace && traceTo(options.trace, '>');
    this.#nextSeq = Math.floor(options.random() * firstSeqs);
    this.closed = new Promise((resolve) => {
      this.#reportClosed = resolve;
    });
    void broken.then((error) => this.close(sessionEnd(error)));
    this.#stopSweep = (options.every ?? systemClock.every)(timeouts.sweepMs, () => this.#sweep());
  }

  /**
   * Sends a request. Settles once it is answered and nobody needs `payload` any more. Fails with HolderError: what the
   * peer answered, or why the session is over.
   */
  async ask(request: WithoutSeq<IpcRequest>, { payload, memory, onStall }: AskOptions = {}): Promise<Answer> {
    const over = this.#overBecause;
    if (over !== undefined) throw new HolderError('gone', `the session is over: ${over.message}`);
    const seq = String(this.#nextSeq++);
    this.#watch.begin(request.verb);
    if (onStall !== undefined) this.#onStall.add(onStall);
    const answered = this.#pending.expect(seq, memory);
    const line = encodeRequest({ ...request, seq });
    if (this.#observe !== undefined) observeSent(this.#observe, line, payload?.length);
    const written = this.#writer.write(payload ? 'bulk' : 'short', line, payload);
    const noted = written.then(() => this.#watch.written(request.verb, seq));
    // Both, since an ERR may come while the payload is still being written. A write fails only with the session.
    const [answer] = await Promise.allSettled([answered, noted]);
    this.#watch.end(request.verb, seq);
    if (onStall !== undefined) this.#onStall.delete(onStall);
    this.#logExchange(request, seq, answer);
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }

  /** Ends the session. Nothing is read or written any more when this returns; then whatever is pending fails. */
  close(reason: HolderError): void {
    if (this.#overBecause !== undefined) return;
    this.#overBecause = reason;
    this.#stopSweep();
    this.#reader.close();
    this.#writer.close();
    this.#pending.failAll(reason);
    this.#reportClosed(reason);
  }

  /** Whether it owes replies and has shown no sign of life for two sweeps. */
  get stalled(): boolean {
    return this.#watch.stalled;
  }

  /** The peer answers a PING also while it is busy with a SYNC: silence then means the same as ever. */
  expectAnyOrder(): void {
    this.#watch.anyOrder = true;
  }

  #sweep(): void {
    switch (this.#watch.sweep({ moved: this.#peerMoved(), receiving: this.#pending.receiving })) {
      case 'well':
        return;
      case 'idle':
        this.ask({ verb: 'PING' }).catch(() => {}); // its failure, if it fails, is the session's
        return;
      case 'stalled':
        this.#tellOfStall();
        if (this.#watch.wantsSign) this.ask({ verb: 'PING' }).catch(() => {}); // likewise
        return;
      case 'frozen':
        this.close(new HolderError('timeout', 'no sign of life for too long'));
        return;
      case 'passing-over':
        this.close(new HolderError('timeout', 'a request was not answered, although others were'));
    }
  }

  #tellOfStall(): void {
    const listeners = [...this.#onStall];
    this.#onStall.clear();
    for (const tell of listeners) tell();
  }

  /**
   * Whether it wrote or read anything since the last sweep. That the FIFO took some bytes tells nothing of the peer,
   * unless it was full before: then the peer made room.
   */
  #peerMoved(): boolean {
    const now = { bytesRead: this.#reader.bytesRead, bytesFlushed: this.#writer.bytesFlushed, busy: this.#writer.busy };
    const before = this.#before;
    this.#before = now;
    return now.bytesRead > before.bytesRead || (before.busy && now.bytesFlushed > before.bytesFlushed);
  }

  #logExchange(request: WithoutSeq<IpcRequest>, seq: string, answer: PromiseSettledResult<Answer>): void {
    if (!this.#log.enabled('debug')) return;
    const { verb, ...fields } = request;
    const outcome = answer.status === 'fulfilled' ? 'OK' : `${answer.reason.code}: ${answer.reason.message}`;
    this.#log.debug('ipc', verb, { ...fields, seq, outcome });
  }
}

/** What the end of a FIFO, or the failure to open or follow it, means for those who wait. */
function sessionEnd(error: unknown): HolderError {
  if (error === undefined) return new HolderError('gone', 'the peer closed its FIFO');
  if (error instanceof HolderError) return error;
  if (error instanceof IpcError) return new HolderError('protocol', error.message, { cause: error });
  const gone = error instanceof FifoError && error.code !== 'io';
  return new HolderError(gone ? 'gone' : 'io', errorText(error), {
    cause: error,
  });
}
