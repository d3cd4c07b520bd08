/**
 * The outstanding requests of one session, by their `seq`: each reply goes to whoever waits for it, and its payload
 * into memory of theirs. Pure: no FIFO and no clock is known here, nor who asked what, or why.
 *
 *     const replied = pending.expect('12', () => into);    and once `OK seq=12 size=262144` and the piece are read:
 *     await replied                                        { reply, payload: into }
 */
import type { IpcError } from '../../protocols/ipc/errors.ts';
import type { IpcSink } from '../../protocols/ipc/read.ts';
import type { ErrCode, IpcOk, IpcReply } from '../../protocols/ipc/types.ts';
import { HolderError, type HolderErrorCode } from '../holders/holder.ts';

/** An OK, and the payload that came with it, if one was wanted. */
export interface OkReply {
  readonly reply: IpcOk;
  readonly payload: Uint8Array | null;
}

/**
 * Memory for a payload of `size` bytes; throws HolderError('protocol') when that size cannot be right. A request
 * without it expects no payload, and one that comes is skipped.
 */
export type PayloadMemory = (size: number) => Uint8Array;

interface Waiting {
  readonly memory: PayloadMemory | undefined;
  payload: Uint8Array | null;
  readonly resolve: (reply: OkReply) => void;
  readonly reject: (error: HolderError) => void;
}

/**
 * Codes of holders for those of peers. A request of ours that the peer calls bad is one that it does not know: it is of
 * another make, and that is not the end of the session.
 */
const holderCodes: Readonly<Record<ErrCode, HolderErrorCode>> = {
  'not-found': 'not-found',
  'no-space': 'no-space',
  corrupt: 'corrupt',
  io: 'io',
  stale: 'stale',
  'bad-request': 'unsupported',
};

/** The outstanding requests of one session. */
export class PendingReplies implements IpcSink<IpcReply> {
  readonly #waiting = new Map<string, Waiting>();
  #receiving: string | undefined;

  /** The `seq` of the request whose reply has begun to arrive: a payload may take its time. */
  get receiving(): string | undefined {
    return this.#receiving;
  }

  /** Waits for the reply to `seq`. Fails with a HolderError: the peer's error, or why the session ended. */
  expect(seq: string, memory?: PayloadMemory): Promise<OkReply> {
    return new Promise((resolve, reject) => this.#waiting.set(seq, { memory, payload: null, resolve, reject }));
  }

  /** Fails all requests, since the session is over. */
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

  /** Throws `error`, which ends the session: a peer has no excuse for a line that does not parse. */
  onFault(error: IpcError): void {
    throw error;
  }

  #find({ verb, seq = '' }: IpcReply): Waiting {
    const waiting = this.#waiting.get(seq);
    if (waiting === undefined) throw new HolderError('protocol', `a reply that nobody asked for: ${verb} seq=${seq}`);
    return waiting;
  }
}
