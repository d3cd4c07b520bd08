/**
 * The bytes that come from one wire peer: handled as long as there is room for answers, and otherwise kept until there
 * is, with the socket paused. And the one place where what is wrong with the bytes is caught.
 */
import type { Log } from '../../io/log.ts';
import type { PeerSocket } from '../../io/net/peer-socket.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import type { WireReader } from '../../protocols/wire/read.ts';

export interface WireInputOptions {
  readonly reader: Pick<WireReader, 'receive'>;
  readonly socket: Pick<PeerSocket, 'pause' | 'resume'>;
  /** Whether nothing more should be read for now; `WireInput.goOn` is to be called when that may have changed. */
  readonly isFull: () => boolean;
  /** The bytes break a rule, or we failed over them: the connection has to be closed. */
  readonly onFault: (reason: string) => void;
  readonly log: Log;
}

export class WireInput {
  readonly #options: WireInputOptions;
  /** Bytes that have come and are not handled: at most one read. */
  #rest: Uint8Array | undefined;
  #paused = false;
  #stopped = false;

  constructor(options: WireInputOptions) {
    this.#options = options;
  }

  /** Takes the next bytes, which may be reused afterwards. */
  receive(bytes: Uint8Array): void {
    if (this.#stopped) return;
    if (this.#rest === undefined) this.#handle(bytes, true);
    else this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  /** Goes on where it stopped, if there is room. */
  goOn(): void {
    if (this.#stopped || !this.#paused || this.#options.isFull()) return;
    const rest = this.#rest;
    this.#rest = undefined;
    this.#paused = false;
    if (rest !== undefined) this.#handle(rest, false);
    if (!this.#paused) this.#options.socket.resume();
  }

  /** Handles nothing more: the connection is over. */
  stop(): void {
    this.#stopped = true;
    this.#rest = undefined;
  }

  /** Has `bytes` handled, and keeps the rest; `lent`: they are overwritten afterwards. */
  #handle(bytes: Uint8Array, lent: boolean): void {
    const { isFull, socket } = this.#options;
    const handled = this.#read(bytes);
    if (this.#stopped) return;
    const rest = bytes.subarray(handled);
    if (rest.length > 0) this.#rest = lent ? Buffer.from(rest) : rest;
    if (this.#rest === undefined && !isFull()) return;
    this.#paused = true;
    socket.pause();
  }

  /** Has `bytes` read; returns how many were. */
  #read(bytes: Uint8Array): number {
    const { reader, isFull, onFault, log } = this.#options;
    try {
      return reader.receive(bytes, () => this.#stopped || isFull());
    } catch (error) {
      if (!(error instanceof WireError)) log.error('wire', 'a message could not be handled', {}, error);
      onFault(error instanceof WireError ? `${error.code}: ${error.message}` : 'our own fault');
      return bytes.length;
    }
  }
}
