/**
 * What one connection receives: the socket's chunks on one side, the reader's events on the other. Owns the decision
 * when the socket is read at all, so that no more than `aheadBytes` (and one chunk) wait for whoever takes them.
 */
import type { Socket } from 'node:net';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpLimits } from '../protocols/http/limits.ts';
import type { RequestReader } from '../protocols/http/read.ts';
import type { RequestEvent } from '../protocols/http/types.ts';

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

  /** Whether nothing of a (further) request has been read. */
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

  /** Settles when something has arrived. Rejects with 'client-gone', or what `giveUp` is called with. */
  more(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#gone) reject(clientGone());
      else this.#waiter = { resolve, reject };
    });
  }

  /** What has arrived is in `bytes` until `keep` is called. */
  onBytes(bytes: Buffer): void {
    this.#reader.receive(bytes);
    if (this.#reader.waiting > this.#limits.aheadBytes) this.#socket.pause();
    this.#wake();
  }

  /** Copies what has not been taken. */
  keep(): void {
    this.#reader.keep();
  }

  /** The client sends no more (but may still read). */
  onEnd(): void {
    this.#reader.end();
    this.#wake();
  }

  onClose(): void {
    this.#gone = true;
    this.giveUp(clientGone());
  }

  /** Whoever waits for bytes gets `error`. */
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
