/**
 * The receiving side of one connection: the socket's chunks go in, the reader's events come out. Owns the decision when
 * the socket is read at all, so that no more than `aheadBytes` (and one chunk) wait to be taken.
 */
import type { Socket } from 'node:net';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpLimits } from '../protocols/http/limits.ts';
import type { RequestReader } from '../protocols/http/read.ts';
import type { RequestEvent } from '../protocols/http/types.ts';

/** The bytes that come from one client. */
export class Inbound {
  readonly #socket: Socket;
  readonly #reader: RequestReader;
  readonly #limits: HttpLimits;
  #waiter: { readonly resolve: () => void; readonly reject: (error: HttpError) => void } | null = null;
  #gone = false;

  constructor(socket: Socket, reader: RequestReader, limits: HttpLimits) {
    this.#socket = socket;
    this.#reader = reader;
    this.#limits = limits;
  }

  /** Whether nothing of a further request has been read. */
  get idle(): boolean {
    return this.#reader.idle;
  }

  /** Whether somebody waits for bytes of a body. */
  get awaited(): boolean {
    return this.#waiter !== null;
  }

  /** The next event of what has arrived; null when there is none. */
  next(): RequestEvent | null {
    const event = this.#reader.next();
    if (event === null && this.#socket.isPaused()) this.#socket.resume();
    return event;
  }

  /** Settles when something has arrived. Rejects with 'client-gone', or the error of `giveUp`. */
  more(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#gone) reject(clientGone());
      else this.#waiter = { resolve, reject };
    });
  }

  /** Takes in `bytes`, whose buffer must stay as it is until `keep` is called. */
  onBytes(bytes: Buffer): void {
    this.#reader.receive(bytes);
    if (this.#reader.waiting > this.#limits.aheadBytes) this.#socket.pause();
    this.#wake();
  }

  /** Copies what has not been taken, so that the buffer can be used again. */
  keep(): void {
    this.#reader.keep();
  }

  /** Notes that the client sends no more (but may still read). */
  onEnd(): void {
    this.#reader.end();
    this.#wake();
  }

  /** Notes that the connection is over. */
  onClose(): void {
    this.#gone = true;
    this.giveUp(clientGone());
  }

  /** Rejects `more`, if somebody waits for it, with `error`. */
  giveUp(error: HttpError): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.reject(error);
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.resolve();
  }
}

function clientGone(): HttpError {
  return new HttpError('drop', 'client-gone', 'the client left before the end of its request');
}
