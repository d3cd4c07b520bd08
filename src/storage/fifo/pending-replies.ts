/**
 * The requests of one session that have not been answered, by their `seq`. It gives each reply to whoever waits for it
 * and decides where a payload goes; it does not know who asked what, or why.
 *
 *     const answer = pending.expect('12', () => into);     and once `OK seq=12 size=262144` and the piece are read:
 *     await answer                                         { reply, payload: into }
 */
import type { IpcError } from '../../protocols/ipc/errors.ts';
import type { IpcSink } from '../../protocols/ipc/read.ts';
import type { ErrCode, IpcOk, IpcReply } from '../../protocols/ipc/types.ts';
import { HolderError, type HolderErrorCode } from '../holders/holder.ts';

/** An OK, and the payload that came with it, if one was wanted. */
export interface Answer {
  readonly reply: IpcOk;
  readonly payload: Uint8Array | null;
}

/**
 * Where a payload of `size` bytes goes. Throws HolderError('protocol') when that size cannot be right. Without it the
 * request has no payload to expect, and one that comes is skipped.
 */
export type PayloadMemory = (size: number) => Uint8Array;

interface Waiting {
  readonly memory: PayloadMemory | undefined;
  payload: Uint8Array | null;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: HolderError) => void;
}

/** A request of ours that the peer calls bad is one that it does not know: another make, but not the end of it. */
const holderCodes: Readonly<Record<ErrCode, HolderErrorCode>> = {
  'not-found': 'not-found',
  'no-space': 'no-space',
  corrupt: 'corrupt',
  io: 'io',
  'bad-request': 'unsupported',
};

export class PendingReplies implements IpcSink<IpcReply> {
  readonly #waiting = new Map<string, Waiting>();
  #receiving: string | undefined;

  /** The `seq` of the request whose answer has begun to arrive: a payload may take its time. */
  get receiving(): string | undefined {
    return this.#receiving;
  }

  /** Waits for the reply to `seq`. Fails with a HolderError: what the peer answered, or why the session ended. */
  expect(seq: string, memory?: PayloadMemory): Promise<Answer> {
    return new Promise((resolve, reject) => this.#waiting.set(seq, { memory, payload: null, resolve, reject }));
  }

  /** The session is over: nothing will be answered any more. */
  failAll(reason: HolderError): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  onPayload(reply: IpcReply, size: number): Uint8Array | null {
    const waiting = this.#find(reply);
    this.#receiving = reply.seq;
    waiting.payload = reply.verb === 'OK' && waiting.memory !== undefined ? waiting.memory(size) : null;
    return waiting.payload;
  }

  onMessage(reply: IpcReply): void {
    const { memory, payload, resolve, reject } = this.#find(reply);
    this.#receiving = undefined;
    if (reply.verb === 'ERR') {
      reject(new HolderError(holderCodes[reply.code], reply.message || reply.code));
    } else {
      if (memory !== undefined && payload === null) throw new HolderError('protocol', 'an OK without its size=');
      resolve({ reply, payload });
    }
    this.#waiting.delete(reply.seq ?? ''); // last: where this threw, the request is failed with the session
  }

  /** A peer has no excuse for a line that does not parse: it ends the session. */
  onFault(error: IpcError): void {
    throw error;
  }

  #find({ verb, seq = '' }: IpcReply): Waiting {
    const waiting = this.#waiting.get(seq);
    if (waiting === undefined) throw new HolderError('protocol', `a reply that nobody asked for: ${verb} seq=${seq}`);
    return waiting;
  }
}
