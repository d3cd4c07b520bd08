/**
 * The bytes of one connection as they come in, taken off as lines and as runs of bytes. Owns the rule for the end of a
 * line; knows nothing of what is in it.
 *
 * A chunk is copied only when it has to wait. Its text is decoded in windows of some KiB, so that many short lines cost
 * one decoding; of a line that arrives in bits only the new bits are looked at, so that a head sent byte by byte costs
 * no more than its length.
 */
import { BufferPool } from '../../bytes/buffer-pool.ts';
import { HttpError } from './errors.ts';

/** Enough for the head of most requests, and little enough to waste on the body that may follow. */
const windowBytes = 2048;
const nothing = Buffer.alloc(0);

/**
 * Memory for chunks that have to wait. A large upload would leave 64 KiB of garbage for every packet, which the
 * collector lets grow to some 60 MB; with the memory used again there is none. The copies of small chunks, mostly heads
 * of requests, are left to the collector: they are not worth a place here.
 */
const copies = new BufferPool(4 * 1024 * 1024);
const pooledBytesMin = 8 * 1024;

/** Bytes, and what they lie in if that is a buffer of the pool. */
interface Kept {
  readonly bytes: Buffer;
  readonly memory: Uint8Array | null;
}

function copy(bytes: Buffer): Kept {
  if (bytes.length < pooledBytesMin) return { bytes: Buffer.from(bytes), memory: null };
  const memory = copies.take(bytes.length);
  memory.set(bytes);
  return { bytes: Buffer.from(memory.buffer, memory.byteOffset, bytes.length), memory };
}

export class Input {
  /** Chunks after the current one: copies. */
  readonly #later: Kept[] = [];
  #chunk: Buffer = nothing;
  /** What `#chunk` lies in, if that goes back to the pool. */
  #memory: Uint8Array | null = null;
  /** The same of chunks before, whose last bytes somebody may still be looking at: until more is asked for. */
  #lookedAt: Uint8Array | null = null;
  /** Whether somebody else wants the buffer of `#chunk` back: until `keep`. */
  #lent = false;
  #at = 0;
  /** latin1 of `#chunk` from `#windowAt` on: as many characters as bytes. */
  #window = '';
  #windowAt = 0;
  /** The beginning of a line whose end has not come, and whether that beginning ends in CR. */
  #partial = '';
  #partialEndsInCr = false;
  #ended = false;
  #waiting = 0;

  /** Adds bytes. Their buffer must stay as it is until they have been taken, or `keep` is called. */
  receive(chunk: Buffer): void {
    this.#waiting += chunk.length;
    if (this.#at < this.#chunk.length) {
      this.#later.push(copy(chunk));
    } else {
      this.#use({ bytes: chunk, memory: null });
      this.#lent = true;
    }
  }

  /** Copies what has not been taken, so that the buffer in which it came can be used again. */
  keep(): void {
    if (!this.#lent) return;
    this.#windowAt -= this.#at;
    const { bytes, memory } = copy(this.#chunk.subarray(this.#at));
    this.#chunk = bytes;
    this.#memory = memory;
    this.#at = 0;
    this.#lent = false;
  }

  /** No more bytes will come. */
  end(): void {
    this.#ended = true;
  }

  /** Whether the last byte has been taken and no more will come. */
  get exhausted(): boolean {
    return this.#ended && this.#waiting === 0 && !this.midLine;
  }

  /** Bytes that came and were not taken. */
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
    copies.give(this.#lookedAt);
    this.#lookedAt = null;
  }

  #use({ bytes, memory }: Kept): void {
    this.#chunk = bytes;
    this.#memory = memory;
    this.#lent = false;
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
