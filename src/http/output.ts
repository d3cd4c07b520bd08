/**
 * What one connection sends. Small answers are gathered and leave in one write; bulk bytes are handed to the kernel one
 * buffer at a time. Knows nothing of HTTP.
 */
import type { Socket } from 'node:net';
import type { HttpLimits } from '../protocols/http/limits.ts';
import { gather, type Part, SharedBuffer } from './gather.ts';

/** Room for the answers that are gathered at most, and one more. */
const shared = new SharedBuffer(128 * 1024);

export class Output {
  readonly #socket: Socket;
  readonly #limits: HttpLimits;
  readonly #tap: ((bytes: Part) => void) | undefined;
  /** Not yet given to the socket. */
  #parts: Part[] = [];
  #bytes = 0;
  #flushing = false;
  #stalledMs = 0;
  #stalledAt = 0;

  /** `tap` sees everything that is sent. */
  constructor(socket: Socket, limits: HttpLimits, tap?: (bytes: Part) => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#tap = tap;
  }

  /** Whether the client should read what it was sent before it gets more. */
  get congested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Whether nothing can be sent any more. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /** Adds to what the next flush sends: text, one character a byte, or a few bytes, which must stay as they are. */
  add(part: Part): void {
    this.#tap?.(part);
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes >= this.#limits.answerBatchBytes) this.flush();
  }

  /** Gives what was added to the socket. */
  flush(): void {
    if (this.#bytes === 0) return;
    const [part] = this.#parts;
    if (this.#parts.length === 1 && part instanceof Uint8Array) {
      this.#socket.write(part);
    } else {
      this.#socket.write(shared.gather(this.#parts, this.#bytes));
      if (this.#socket.writableLength > 0) shared.keep();
    }
    this.#clear();
  }

  /**
   * The same once all that can be done now is done: answers that come one after another without waiting go together.
   */
  flushSoon(): void {
    if (this.#bytes === 0 || this.#flushing) return;
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
      this.#socket.cork(); // all goes in one writev()
      if (this.#bytes > 0) this.#socket.write(gather(this.#parts, this.#bytes));
      this.#clear();
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

  #clear(): void {
    this.#parts = [];
    this.#bytes = 0;
  }
}
