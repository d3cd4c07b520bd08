/**
 * The sending side of one connection. Small responses are gathered and leave in one write; bulk bytes are handed to the
 * kernel one buffer at a time. Knows nothing of HTTP.
 */
import type { Socket } from 'node:net';
import type { HttpLimits } from '../protocols/http/limits.ts';
import { gather, type Part, type SharedBuffer } from './gather.ts';

export interface OutputOptions {
  readonly limits: HttpLimits;
  /** The buffer that the connections of a listener gather their responses in. */
  readonly gathered: SharedBuffer;
  /** Sees everything that is sent. */
  readonly tap: ((bytes: Part) => void) | undefined;
}

/** The bytes that go to one client. */
export class Output {
  readonly #socket: Socket;
  readonly #limits: HttpLimits;
  readonly #gathered: SharedBuffer;
  readonly #tap: ((bytes: Part) => void) | undefined;
  /** The parts that were not yet given to the socket. */
  #parts: Part[] = [];
  #bytes = 0;
  #flushing = false;
  #stalledMs = 0;
  #stalledAt = 0;

  constructor(socket: Socket, { limits, gathered, tap }: OutputOptions) {
    this.#socket = socket;
    this.#limits = limits;
    this.#gathered = gathered;
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

  /** Adds to what the next flush sends: text, one character a byte, or a few bytes, which must not change. */
  add(part: Part): void {
    this.#tap?.(part);
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes >= this.#limits.responseBatchBytes) this.flush();
  }

  /** Gives the socket what was added. */
  flush(): void {
    if (this.#bytes === 0) return;
    const [part] = this.#parts;
    if (this.#parts.length === 1 && part instanceof Uint8Array) {
      this.#socket.write(part);
    } else {
      this.#socket.write(this.#gathered.gather(this.#parts, this.#bytes));
      if (this.#socket.writableLength > 0) this.#gathered.keep();
    }
    this.#clear();
  }

  /** Flushes when all that can be done now is done, so that responses that need no waiting leave in one write. */
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

  /** Whether the client has taken nothing for longer than `stallMs`, although bytes wait for it. */
  get stalled(): boolean {
    return this.#stalledMs > this.#limits.stallMs;
  }

  /** Says that `ms` more have passed. */
  tick(ms: number): void {
    const { writableLength, bytesWritten } = this.#socket;
    const taken = bytesWritten - writableLength;
    this.#stalledMs = writableLength > 0 && taken === this.#stalledAt ? this.#stalledMs + ms : 0;
    this.#stalledAt = taken;
  }

  #clear(): void {
    this.#parts = [];
    this.#bytes = 0;
  }
}
