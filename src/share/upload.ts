/**
 * One connection of the mini-server: reads the one request, sends the file, ends. A client that reads slowly costs one
 * buffer; the connection of a client that does not read is closed.
 */
import type { Socket } from 'node:net';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { LineReader } from '../protocols/directory/lines.ts';
import { encodeDownloadHead, parseDownload } from '../protocols/directory/transfer.ts';
import { encodeErr } from '../protocols/directory/write.ts';
import type { OwnFiles, SharedFile } from './own-files.ts';

/** The limits of one connection. */
export const uploadLimits = {
  /** The time until the request must have come: a person may have to type it. */
  requestMs: 60_000,
  /** The time after which a client that reads nothing counts as gone. */
  stalledMs: 60_000,
  /** Bytes that are read and sent at a time. */
  chunkBytes: 128 * 1024,
} as const;

/** One connection of the mini-server. */
export class Upload {
  readonly #socket: Socket;
  readonly #files: OwnFiles;
  readonly #reader = new LineReader();
  /** Whether the request has come. */
  #asked = false;
  readonly #onFault: (error: unknown) => void;

  /** `onFault` gets faults that the client is not told: that the disk failed, say. */
  constructor(socket: Socket, files: OwnFiles, onFault: (error: unknown) => void) {
    this.#socket = socket;
    this.#files = files;
    this.#onFault = onFault;
    socket.setTimeout(uploadLimits.requestMs, () => socket.destroy());
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    socket.on('end', () => {
      if (!this.#asked) socket.destroySoon();
    });
    // A client that leaves closes the connection: there is nothing more to do for it.
    socket.on('error', () => socket.destroy());
  }

  #onBytes(bytes: Buffer): void {
    this.#socket.pause();
    this.#reader.receive(bytes);
    this.#reply().catch((error: unknown) => {
      this.#onFault(error);
      this.#socket.destroy();
    });
  }

  async #reply(): Promise<void> {
    let began = false;
    try {
      const line = this.#reader.next();
      if (line === undefined) {
        this.#socket.resume();
        return;
      }
      this.#asked = true;
      const { path, offset } = parseDownload(line);
      const file = await this.#files.open(path);
      try {
        await this.#send(file, offset, () => {
          began = true;
        });
      } finally {
        await file.close();
      }
    } catch (error) {
      // After the head no error can be sent: the client sees that bytes are missing.
      if (began) return this.#cut(error);
      this.#refuse(error);
    }
    this.#socket.destroySoon();
  }

  async #send(file: SharedFile, offset: number, onBegin: () => void): Promise<void> {
    this.#socket.setTimeout(0); // to hash a large file takes as long as it takes
    const { size, sha256, stamp } = await file.facts();
    if (offset > size) throw new DirectoryError('bad-offset', `the file has ${size} bytes`);
    this.#socket.setTimeout(uploadLimits.stalledMs);
    onBegin();
    await this.#write(Buffer.from(`${encodeDownloadHead({ size, sha256 })}\n`));
    const buffer = Buffer.allocUnsafeSlow(Math.min(uploadLimits.chunkBytes, size - offset));
    for (let position = offset; position < size; ) {
      const chunk = buffer.subarray(0, Math.min(buffer.length, size - position));
      if ((await file.read(chunk, position)) < chunk.length) throw new DirectoryError('changed', 'it became shorter');
      position += chunk.length;
      if (position === size) await file.assertUnchanged(stamp);
      await this.#write(chunk);
    }
  }

  /** Settles when the kernel has the bytes. */
  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  #cut(error: unknown): void {
    // That the client left is no fault.
    if (error instanceof DirectoryError) this.#onFault(error);
    this.#socket.destroy();
  }

  #refuse(error: unknown): void {
    if (!(error instanceof DirectoryError)) this.#onFault(error);
    const { answer, message } =
      error instanceof DirectoryError ? error : new DirectoryError('io', 'the file cannot be read');
    this.#socket.write(`${encodeErr(answer, message)}\n`);
  }
}
