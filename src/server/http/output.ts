/**
 * What one connection sends. Small answers are gathered as text and leave in one write; bulk bytes are handed to the kernel
 * one buffer at a time. Knows nothing of HTTP.
 */
import type { Socket } from 'node:net';
import type { HttpLimits } from '../../protocols/http/limits.ts';

export class Output {
  readonly #socket: Socket;
  readonly #limits: HttpLimits;
  readonly #tap: ((bytes: string | Uint8Array) => void) | undefined;
  /** latin1, not yet given to the socket. */
  #text = '';
  #flushing = false;
  #stalledMs = 0;
  #stalledAt = 0;

  /** `tap` sees everything that is sent. */
  constructor(socket: Socket, limits: HttpLimits, tap?: (bytes: string | Uint8Array) => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#tap = tap;
  }

  /** Whether the client should read what it was sent before it gets more. */
  get congested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Adds text, one character a byte, to what the next flush sends. */
  add(text: string): void {
    this.#tap?.(text);
    this.#text += text;
    if (this.#text.length >= this.#limits.answerBatchBytes) this.flush();
  }

  /** Gives what was added to the socket. */
  flush(): void {
    if (this.#text === '') return;
    this.#socket.write(this.#text, 'latin1');
    this.#text = '';
  }

  /** The same once all that can be done now is done: answers that come one after another without waiting go together. */
  flushSoon(): void {
    if (this.#text === '' || this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  /**
   * Sends what was added, then `bytes`, then `after`; settles when the kernel has taken it all, so that `bytes` may be
   * used again. Rejects when the connection is gone.
   */
  write(bytes: Uint8Array, after = ''): Promise<void> {
    this.#tap?.(bytes);
    if (after !== '') this.#tap?.(after);
    return new Promise((resolve, reject) => {
      const settle = (error?: Error | null) => (error ? reject(error) : resolve());
      this.#socket.cork(); // text and bytes go in one writev()
      this.flush();
      this.#socket.write(bytes, after === '' ? settle : undefined);
      if (after !== '') this.#socket.write(after, 'latin1', settle);
      this.#socket.uncork();
    });
  }

  /** Says that `ms` more have passed; whether the client took nothing for longer than `stallMs` while it had to. */
  stalls(ms: number): boolean {
    const { writableLength, bytesWritten } = this.#socket;
    const taken = bytesWritten - writableLength;
    this.#stalledMs = writableLength > 0 && taken === this.#stalledAt ? this.#stalledMs + ms : 0;
    this.#stalledAt = taken;
    return this.#stalledMs > this.#limits.stallMs;
  }
}
