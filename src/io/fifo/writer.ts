/**
 * The writing end of a FIFO: one message after the other, none inside another. It does not know what messages mean,
 * only which are short: a short one goes ahead of the bulk that is queued, so that a short one never waits behind a
 * long row of pieces (only behind the one that is under way).
 *
 *     await writer.write('short', 'PING seq=1\n');
 *     await writer.write('bulk', 'OK seq=2 size=262144\n', piece);
 */
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { FifoError } from './error.ts';

export type Lane = 'short' | 'bulk';

interface Message {
  /** The line and the payload, in slices. */
  readonly slices: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A payload is handed to the system in slices of this size, so that `bytesFlushed` tells a slow reader from a stalled
 * one while a large piece is under way. The usual piece is one slice.
 */
const sliceBytes = 256 * 1024;

export class FifoWriter {
  readonly #stream: Writable;
  readonly #onClose: (error: FifoError) => void;
  readonly #queues: Readonly<Record<Lane, Message[]>> = { short: [], bulk: [] };
  #underWay: Message[] = [];
  #bytesFlushed = 0;
  #closed = false;

  /**
   * Writes to a FIFO's or pipe's descriptor, or to a stream such as stdout, and owns it: it is closed with the writer.
   * `onClose` is called once when writing fails, because the other side is gone ('nobody') or otherwise ('io'), but not
   * after `close()`.
   */
  constructor(target: number | Writable, onClose: (error: FifoError) => void) {
    this.#onClose = onClose;
    this.#stream = typeof target === 'number' ? new Socket({ fd: target, readable: false, writable: true }) : target;
    this.#stream.on('error', (error) => this.#fail(error));
  }

  /** The number of bytes that the system has taken so far, in steps of up to 256 KiB. */
  get bytesFlushed(): number {
    return this.#bytesFlushed;
  }

  /** Whether something is being written. When the event loop has gone round since it began, the FIFO is full. */
  get busy(): boolean {
    return this.#underWay.length > 0;
  }

  /**
   * Writes `line`, which is ASCII and has its LF, and then `payload`. Settles once the system has taken all of it:
   * `payload` may be changed then. Fails with FifoError when the other side is gone or the writer is closed.
   */
  write(lane: Lane, line: string, payload?: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(new FifoError('closed', 'the FIFO is closed'));
    return new Promise((resolve, reject) => {
      const slices: Uint8Array[] = [Buffer.from(line, 'latin1')];
      for (let at = 0; payload !== undefined && at < payload.length; at += sliceBytes) {
        slices.push(payload.subarray(at, at + sliceBytes));
      }
      this.#queues[lane].push({ slices, resolve, reject });
      if (!this.busy) void this.#writeQueued();
    });
  }

  /** Closes the end; messages that are not flushed fail with 'closed'. No payload is touched after this returns. */
  close(): void {
    this.#end(new FifoError('closed', 'the FIFO was closed'));
  }

  async #writeQueued(): Promise<void> {
    for (;;) {
      this.#underWay = this.#takeNext();
      if (this.#underWay.length === 0) return;
      try {
        await this.#writeAll(this.#underWay);
      } catch {
        return; // the socket's 'error' event, or close(), has rejected this message and all that were queued
      }
      for (const message of this.#underWay) message.resolve();
    }
  }

  /** The next messages to write: every short one that waits, in one go; else one of the bulk. */
  #takeNext(): Message[] {
    const { short, bulk } = this.#queues;
    return short.length > 0 ? short.splice(0) : bulk.splice(0, 1);
  }

  /** Writes messages; a line goes with the slice that follows it, in one system call. */
  async #writeAll(messages: readonly Message[]): Promise<void> {
    let together: Uint8Array[] = [];
    for (const slice of messages.flatMap((message) => message.slices)) {
      together.push(slice);
      if (slice.length < sliceBytes) continue;
      await this.#flush(together);
      together = [];
    }
    if (together.length > 0) await this.#flush(together);
  }

  #flush(slices: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let bytes = 0;
      const settle = (error: Error | null | undefined): void => {
        if (error) {
          reject(error);
        } else {
          this.#bytesFlushed += bytes;
          resolve();
        }
      };
      this.#stream.cork();
      slices.forEach((slice, index) => {
        bytes += slice.length;
        this.#stream.write(slice, index === slices.length - 1 ? settle : undefined);
      });
      this.#stream.uncork();
    });
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    const gone = error.code === 'EPIPE';
    const reason = gone
      ? new FifoError('nobody', 'nobody reads the FIFO any more', { cause: error })
      : new FifoError('io', `writing to the FIFO failed (${error.code})`, { cause: error });
    this.#end(reason);
    this.#onClose(reason);
  }

  #end(reason: FifoError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    const { short, bulk } = this.#queues;
    for (const message of [...this.#underWay, ...short.splice(0), ...bulk.splice(0)]) message.reject(reason);
  }
}
