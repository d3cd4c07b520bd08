/**
 * A stream of bytes of unknown length, written to a new file while it comes. It knows nothing of what the bytes mean.
 *
 * Small chunks are gathered into buffers; while some of them are being written the next one is filled, so that disk and
 * sender work at the same time. When all buffers are busy nothing more is asked of the sender.
 */
import { constants } from 'node:fs';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import { type FileCalls, type FileHandle, isDiskFull, nodeFiles } from './calls.ts';
import { writeFully } from './files.ts';

export interface SpoolOptions {
  readonly pool: BufferPool;
  /** The most bytes that are gathered and not yet written. */
  readonly windowBytes: number;
  /** Called with every byte once, in order, before it is written. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Makes room on a full disk; false when it cannot. */
  readonly makeRoom?: () => Promise<boolean>;
  readonly calls?: FileCalls;
}

/**
 * The size of a buffer: large enough that the number of writes does not matter, small enough that the first one begins
 * soon.
 */
const bufferBytes = 1024 * 1024;

/** Writes all of `body` to `path`, which must not exist. When it fails the file may be there in part. */
export async function spoolToFile(path: string, body: AsyncIterable<Uint8Array>, options: SpoolOptions): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await (options.calls ?? nodeFiles).open(path, flags, 0o600);
  try {
    await new Spool(handle, options).run(body);
  } finally {
    await handle.close();
  }
}

class Spool {
  readonly #handle: FileHandle;
  readonly #options: SpoolOptions;
  readonly #writes: Promise<void>[] = [];
  /** The buffer that is being filled. */
  #buffer: Uint8Array;
  #filled = 0;
  /** The offset in the file that the buffer goes to. */
  #position = 0;

  constructor(handle: FileHandle, options: SpoolOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#buffer = options.pool.take(bufferBytes);
  }

  async run(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of body) {
        this.#options.onBytes(chunk);
        await this.#gather(chunk);
      }
      if (this.#filled > 0) this.#write();
      await Promise.all(this.#writes);
    } finally {
      // The system may still be reading from the buffers of writes that did not fail.
      await Promise.allSettled(this.#writes);
      this.#options.pool.give(this.#buffer);
    }
  }

  async #gather(chunk: Uint8Array): Promise<void> {
    for (let start = 0; start < chunk.length; ) {
      const end = Math.min(chunk.length, start + this.#buffer.length - this.#filled);
      this.#buffer.set(chunk.subarray(start, end), this.#filled);
      this.#filled += end - start;
      start = end;
      if (this.#filled < this.#buffer.length) continue;
      this.#write();
      if (this.#writes.length * bufferBytes >= this.#options.windowBytes) await this.#writes.shift();
    }
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (;;) {
      try {
        return await writeFully(this.#handle, bytes, position);
      } catch (error) {
        if (!isDiskFull(error) || !(await this.#options.makeRoom?.())) throw error;
      }
    }
  }

  /** Hands the buffer over to a write, which gives it back to the pool, and goes on with another. */
  #write(): void {
    const { pool } = this.#options;
    const buffer = this.#buffer;
    const bytes = buffer.subarray(0, this.#filled);
    const written = this.#writeAll(bytes, this.#position).finally(() => pool.give(buffer));
    written.catch(() => undefined); // Whoever awaits it, in #gather or at the end, throws it on.
    this.#writes.push(written);
    this.#position += this.#filled;
    this.#filled = 0;
    this.#buffer = pool.take(bufferBytes);
  }
}
