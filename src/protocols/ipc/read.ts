/**
 * The stream of one direction to messages: lines, and the payloads that follow some of them. It knows nothing of files,
 * pieces or timeouts.
 *
 * The bytes are read straight to where they belong. The owner of the FIFO asks `buffer()` where the next bytes should
 * go, reads up to that many, and says `received(count)`. While a line is expected that place is a small scratch; while
 * a payload is, it is the rest of the payload's own memory. So a piece is copied by nobody (but for the few bytes that
 * came in one read with its line), and this is what the speed of a download hangs on.
 *
 *     const reader = new IpcReader(parseReply, sink);
 *     reader.received(readSync(fd, reader.buffer()));
 */
import type { Observer } from '../../bytes/trace.ts';
import { IpcError } from './errors.ts';
import { payloadSize } from './line.ts';
import { ipcLimits } from './types.ts';

/** The receiver of the messages. An error that it throws comes out of `received`. */
export interface IpcSink<Message> {
  /** The memory for the `size` bytes that a line announced, exactly that long, or null to have them skipped. */
  onPayload(message: Message, size: number): Uint8Array | null;
  /** Called with each message, whose payload (if any) is in the memory that `onPayload` gave. */
  onMessage(message: Message): void;
  /**
   * Called for a line that did not parse. Its payload, if it announced one, has been skipped: the stream goes on behind
   * it.
   */
  onFault(error: IpcError): void;
}

/**
 * The memory that lines are read into: long enough for nearly every line, and short enough that few bytes of a payload
 * have to be copied out of it.
 */
const scratchBytes = 256;

/** Memory for payloads that are skipped; nobody reads it, so all readers share it. */
const skipped = new Uint8Array(64 * 1024);

const lineFeed = 0x0a;

export class IpcReader<Message> {
  readonly #parse: (line: string, observe?: Observer) => Message;
  readonly #sink: IpcSink<Message>;
  readonly #observe: Observer | undefined;
  readonly #steps: Generator<Uint8Array, never, number>;
  #buffer: Uint8Array;
  #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  /** The bytes of the scratch from `#start` to `#end` came, but have not been looked at as a line. */
  #start = 0;
  #end = 0;

  /** `parse` is `parseRequest` or `parseReply`. */
  constructor(parse: (line: string, observe?: Observer) => Message, sink: IpcSink<Message>, observe?: Observer) {
    this.#parse = parse;
    this.#sink = sink;
    this.#observe = observe;
    this.#steps = this.#read();
    this.#buffer = this.#steps.next().value;
  }

  /** The memory that the next bytes should be read into; never empty. */
  buffer(): Uint8Array {
    return this.#buffer;
  }

  /**
   * Takes note that `count` bytes, at least one, have been read into `buffer()`. Throws IpcError when the stream cannot
   * be followed any further (a line too long, a size that cannot be); the session is over then.
   */
  received(count: number): void {
    const step = this.#steps.next(count);
    if (!step.done) this.#buffer = step.value;
  }

  /** Yields the memory that bytes should go to, and is resumed with the number that came. */
  *#read(): Generator<Uint8Array, never, number> {
    for (;;) {
      const line = yield* this.#readLine();
      const message = this.#parseLine(line);
      const size = payloadSize(line);
      if (message instanceof IpcError) {
        yield* this.#readPayload(null, size ?? 0);
        this.#sink.onFault(message);
      } else {
        if (size !== undefined) yield* this.#readPayload(this.#sink.onPayload(message, size), size);
        this.#sink.onMessage(message);
      }
    }
  }

  #parseLine(line: string): Message | IpcError {
    try {
      return this.#parse(line, this.#observe);
    } catch (error) {
      if (error instanceof IpcError) return error;
      throw error;
    } finally {
      this.#observe?.('LF', '\n');
    }
  }

  *#readLine(): Generator<Uint8Array, string, number> {
    let searched = this.#start;
    for (;;) {
      const lineEnd = this.#scratch.subarray(0, this.#end).indexOf(lineFeed, searched);
      if (lineEnd >= 0) {
        const line = this.#scratch.toString('latin1', this.#start, lineEnd);
        this.#start = lineEnd + 1;
        return line;
      }
      this.#makeRoom();
      searched = this.#end;
      this.#end += yield this.#scratch.subarray(this.#end);
    }
  }

  /** Moves the beginning of a line to the front of the scratch, and enlarges the scratch when that line fills it. */
  #makeRoom(): void {
    const length = this.#end - this.#start;
    if (length === ipcLimits.lineBytesMax) {
      const message = `a line must not be longer than ${ipcLimits.lineBytesMax} bytes`;
      throw new IpcError('bad-request', message, { code: 'line-too-long' });
    }
    const target =
      length < this.#scratch.length
        ? this.#scratch
        : Buffer.allocUnsafeSlow(Math.min(length * 2, ipcLimits.lineBytesMax));
    this.#scratch.copy(target, 0, this.#start, this.#end);
    this.#scratch = target;
    this.#start = 0;
    this.#end = length;
  }

  *#readPayload(target: Uint8Array | null, size: number): Generator<Uint8Array, void, number> {
    if (target !== null && target.length !== size) throw new Error(`${target.length} bytes of memory for ${size}`);
    let filled = Math.min(size, this.#end - this.#start);
    target?.set(this.#scratch.subarray(this.#start, this.#start + filled));
    this.#start += filled;
    while (filled < size) {
      filled += yield target === null
        ? skipped.subarray(0, Math.min(skipped.length, size - filled))
        : target.subarray(filled);
    }
    this.#observe?.('payload', size);
  }
}
