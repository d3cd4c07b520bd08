/**
 * The bytes of one connection as they come in, taken off as lines and as runs of bytes. Owns the rule for the end of a
 * line; knows nothing of a line's meaning.
 *
 * A chunk is copied only when it has to wait. Text is decoded in windows of some KiB, so that many short lines cost one
 * decoding; of a line that arrives in small pieces only the new ones are examined, so that a head sent byte by byte
 * costs no more than its length.
 */
import { BufferPool } from '../../bytes/buffer-pool.ts';
import { HttpError } from './errors.ts';

/** Bytes decoded at once: enough for the head of most requests, and little enough to waste on a body that follows. */
const windowBytes = 2048;
const nothing = Buffer.alloc(0);

/** Memory of idle buffers that a pool of copies keeps at most. */
const copyBytesMax = 4 * 1024 * 1024;
/** Smaller copies, mostly heads of requests, are left to the garbage collector: a pool would save nothing there. */
const pooledBytesMin = 8 * 1024;

/**
 * Memory for chunks that have to wait, to be shared by the connections of a listener. A large upload would leave 64 KiB
 * of garbage for every packet, which the collector lets grow to some 60 MB; with the memory used again there is none.
 */
export function createCopyPool(): BufferPool {
  return new BufferPool(copyBytesMax);
}

/** Bytes, and the buffer of the pool that holds them, if one does. */
interface Kept {
  readonly bytes: Buffer;
  readonly memory: Uint8Array | null;
}

/** The bytes of one connection, received in chunks and taken as lines and runs of bytes. */
export class Input {
  readonly #copies: BufferPool;
  /** Chunks after the current one: copies. */
  readonly #later: Kept[] = [];
  #chunk: Buffer = nothing;
  /** The buffer of the pool that holds `#chunk`, if one does. */
  #memory: Uint8Array | null = null;
  /** The pool's buffer of the chunk before, whose last bytes the caller may still use: given back by the next take. */
  #lookedAt: Uint8Array | null = null;
  /** Whether the buffer of `#chunk` belongs to the caller of `receive`, who uses it again after `keep`. */
  #borrowed = false;
  #at = 0;
  /** The latin1 text of `#chunk` from `#windowAt` on: one character a byte. */
  #window = '';
  #windowAt = 0;
  /** The beginning of a line whose end has not come, and whether that beginning ends in CR. */
  #partial = '';
  #partialEndsInCr = false;
  #ended = false;
  #waiting = 0;

  constructor(copies: BufferPool = createCopyPool()) {
    this.#copies = copies;
  }

  /** Adds `chunk`, whose buffer must stay as it is until its bytes have been taken, or `keep` is called. */
  receive(chunk: Buffer): void {
    this.#waiting += chunk.length;
    if (this.#at < this.#chunk.length) {
      this.#later.push(this.#copy(chunk));
    } else {
      this.#use({ bytes: chunk, memory: null });
      this.#borrowed = true;
    }
  }

  /** Copies what has not been taken, so that the buffer in which it came can be used again. */
  keep(): void {
    if (!this.#borrowed) return;
    this.#windowAt -= this.#at;
    const { bytes, memory } = this.#copy(this.#chunk.subarray(this.#at));
    this.#chunk = bytes;
    this.#memory = memory;
    this.#at = 0;
    this.#borrowed = false;
  }

  /** Says that no more bytes will come. */
  end(): void {
    this.#ended = true;
  }

  /** Whether the last byte has been taken and no more will come. */
  get exhausted(): boolean {
    return this.#ended && this.#waiting === 0 && !this.midLine;
  }

  /** The number of bytes that came and were not taken. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether a line has begun and not ended. */
  get midLine(): boolean {
    return this.#partial !== '';
  }

  /**
   * A line without its CRLF, or null when more bytes are needed. A bare LF, and a CR that no LF follows, end no line
   * (RFC 9112 2.2 allows to take a bare LF for one; since not everybody does, a message would have two readings): what
   * parses the line refuses them, with the other control characters. `tooLong` makes the error for more than
   * `bytesMax`.
   */
  takeLine(bytesMax: number, tooLong: (start: string) => HttpError): string | null {
    this.#release();
    if (this.#partial === '') {
      this.#decode();
      const from = this.#at - this.#windowAt;
      const end = this.#window.indexOf('\r\n', from);
      if (end >= 0 && end - from <= bytesMax) {
        const line = this.#window.slice(from, end);
        this.#take(line.length + 2);
        return line;
      }
    }
    return this.#takeLineInBits(bytesMax, tooLong);
  }

  /**
   * The next run of at most `bytesMax` bytes, a view into the chunk it came in, good until something is taken again;
   * null when more bytes are needed.
   */
  takeBytes(bytesMax: number): Buffer | null {
    this.#release();
    const bytes = this.#chunk.subarray(this.#at, this.#at + bytesMax);
    if (bytes.length === 0) return this.#nothingLeft();
    this.#take(bytes.length);
    return bytes;
  }

  #takeLineInBits(bytesMax: number, tooLong: (start: string) => HttpError): string | null {
    while (this.#at < this.#chunk.length) {
      this.#decode();
      const from = this.#at - this.#windowAt;
      const lineFeed = this.#window.indexOf('\n', from);
      const bit = this.#window.slice(from, lineFeed < 0 ? undefined : lineFeed + 1);
      const form = this.#partialEndsInCr ? /^\n$/ : /^[\t\x20-\x7e\x80-\xff]*(?:\r\n?)?$/;
      if (!form.test(bit)) throw badLine();
      this.#partial += bit;
      this.#partialEndsInCr = bit.endsWith('\r');
      if (this.#partial.length > bytesMax + 2) throw tooLong(this.#partial);
      this.#take(bit.length);
      if (lineFeed >= 0) return this.#endPartial();
    }
    return this.#nothingLeft();
  }

  #endPartial(): string {
    const line = this.#partial.slice(0, -2);
    this.#partial = '';
    return line;
  }

  #decode(): void {
    if (this.#at < this.#windowAt + this.#window.length) return;
    this.#windowAt = this.#at;
    this.#window = this.#chunk.toString('latin1', this.#at, Math.min(this.#at + windowBytes, this.#chunk.length));
  }

  #take(bytes: number): void {
    this.#at += bytes;
    this.#waiting -= bytes;
    // An idle connection shall not keep its last chunk alive.
    if (this.#at < this.#chunk.length) return;
    this.#lookedAt = this.#memory;
    this.#use(this.#later.shift() ?? { bytes: nothing, memory: null });
  }

  #release(): void {
    if (this.#lookedAt === null) return;
    this.#copies.give(this.#lookedAt);
    this.#lookedAt = null;
  }

  #copy(bytes: Buffer): Kept {
    if (bytes.length < pooledBytesMin) return { bytes: Buffer.from(bytes), memory: null };
    const memory = this.#copies.take(bytes.length);
    memory.set(bytes);
    return { bytes: Buffer.from(memory.buffer, memory.byteOffset, bytes.length), memory };
  }

  #use({ bytes, memory }: Kept): void {
    this.#chunk = bytes;
    this.#memory = memory;
    this.#borrowed = false;
    this.#at = 0;
    this.#window = '';
    this.#windowAt = 0;
  }

  #nothingLeft(): null {
    if (this.#ended) throw new HttpError(400, 'incomplete-message', 'the connection ended within a message');
    return null;
  }
}

function badLine(): HttpError {
  return new HttpError(400, 'bad-line', 'a line holds a control character, or a CR or LF that is not part of a CRLF');
}
