/**
 * The reading end of a FIFO: moves bytes from the kernel straight into the memory that its sink names, and says when
 * the other side is gone. It does not know what the bytes mean.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** The receiver of the bytes. `IpcReader` provides the first two methods. */
export interface FifoSink {
  /**
   * The memory that the next bytes should be read into: not empty, and not touched by others before `received` or
   * `onClose`.
   */
  buffer(): Uint8Array;
  /**
   * Called when `count` bytes were read into `buffer()`. An error that it throws closes the reader and goes to
   * `onClose`.
   */
  received(count: number): void;
  /**
   * Called once, when the other side closed its end (no error), reading failed, or `received` threw; not after
   * `close()`.
   */
  onClose(error: Error | undefined): void;
}

export class FifoReader {
  readonly #socket: Socket;
  readonly #sink: FifoSink;
  #bytesRead = 0;
  #closed = false;

  /** Reads from `fd` (a FIFO or pipe) from now on, and owns it: it is closed with the reader. */
  constructor(fd: number, sink: FifoSink) {
    this.#sink = sink;
    // The constructor takes `onread` as `connect` does; only its declaration does not say so.
    const options: SocketConstructorOpts & { onread: OnReadOpts } = {
      fd,
      readable: true,
      writable: false,
      onread: { buffer: () => sink.buffer(), callback: (count) => this.#onBytes(count) },
    };
    this.#socket = new Socket(options);
    this.#socket.on('end', () => this.#finish(undefined));
    this.#socket.on('error', (error) => this.#finish(error));
  }

  /** The number of bytes read so far: a sign of life. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Takes nothing more from the FIFO until `resume()`; the end of the stream is not seen either. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes the descriptor. Nothing is written to the sink's memory after this returns. */
  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  /** Hands bytes to the sink; returns whether to go on reading. */
  #onBytes(count: number): boolean {
    this.#bytesRead += count;
    try {
      this.#sink.received(count);
    } catch (error) {
      this.#finish(error instanceof Error ? error : new Error('a sink threw something odd', { cause: error }));
    }
    return !this.#closed;
  }

  #finish(error: Error | undefined): void {
    if (this.#closed) return;
    this.close();
    this.#sink.onClose(error);
  }
}
