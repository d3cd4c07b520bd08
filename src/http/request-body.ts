/**
 * The body of one request, as its handler sees it: bytes that are pulled, never pushed. Owns what happens around them:
 * `100 Continue`, the limit on their number, the least rate at which they must come, and the rest that nobody read.
 */
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpLimits } from '../protocols/http/limits.ts';
import { awaitsContinue } from '../protocols/http/persistence.ts';
import type { RequestHead } from '../protocols/http/types.ts';
import { continueHead } from '../protocols/http/write.ts';
import type { ConnectionView } from './context.ts';
import type { Inbound } from './inbound.ts';
import type { Output } from './output.ts';

/** The body of one request. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #inbound: Inbound;
  readonly #output: Output;
  readonly #limits: HttpLimits;
  /** Bytes still to come, as far as that is known: of a chunked body 0. */
  #bytesLeft: number;
  #bytesTaken = 0;
  #continueOwed: boolean;
  #asked = false;
  #ended = false;
  /** Whether the request has been answered, so that nobody wants the rest. */
  #abandoned = false;
  #fault: HttpError | undefined;
  /** Time that the client may still let us wait, see `tick`: waiting uses it up, bytes that come add to it. */
  #creditMs: number;

  constructor(connection: ConnectionView, head: RequestHead) {
    this.#inbound = connection.inbound;
    this.#output = connection.output;
    this.#limits = connection.context.limits;
    this.#bytesLeft = head.framing.kind === 'length' ? head.framing.bytes : 0;
    this.#continueOwed = awaitsContinue(head);
    this.#creditMs = this.#limits.bodyGraceMs;
    if (head.framing.kind === 'length' && head.framing.bytes === 0) this.#pull();
  }

  /** Whether the complete body has been read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The reason why the rest of the connection cannot be read as requests, once that is so. */
  get fault(): HttpError | undefined {
    return this.#fault;
  }

  /**
   * Whether the rest may be read and thrown away to keep the connection. Not when the rest is long; and not when the
   * client waits for a 100 that it did not get, and may never send the body (RFC 9110 10.1.1).
   */
  get drainable(): boolean {
    if (this.#ended) return true;
    return this.#fault === undefined && !this.#continueOwed && this.#bytesLeft <= this.#limits.drainBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    if (this.#asked) throw new Error('the body of a request can be read once');
    this.#asked = true;
    for (;;) {
      if (this.#abandoned) throw new Error('the request has been answered: its body is gone');
      const bytes = await this.#take();
      if (bytes === null) return;
      yield bytes;
    }
  }

  /**
   * Throws away what has arrived of a body that nobody asked for, before the response is sent: a body that breaks its
   * framing gets 400 even when the handler does not look at it.
   */
  skipArrived(): void {
    if (this.#asked || this.#continueOwed) return;
    try {
      while (!this.#ended && this.#pull() !== null);
    } catch {
      // `#pull` has kept it in `fault`
    }
  }

  /** Reads the rest after the response, and throws it away. False when the rest is too long, too slow or broken. */
  async drain(): Promise<boolean> {
    this.#abandoned = true;
    this.#creditMs = this.#limits.drainMs;
    let bytesLeft = this.#limits.drainBytes;
    try {
      while (this.drainable && bytesLeft >= 0) {
        const bytes = await this.#take();
        if (bytes === null) return true;
        bytesLeft -= bytes.length;
      }
    } catch {
      // `#take` has kept it in `fault`
    }
    return false;
  }

  /**
   * Says that `ms` more have passed. A client may let us wait for `bodyGraceMs`; each byte adds time at the rate of
   * `bodyBytesPerSecond`, up to that much again. After that: 408 (RFC 9110 15.5.9).
   */
  tick(ms: number): void {
    if (!this.#inbound.awaited) return;
    this.#creditMs -= ms;
    if (this.#creditMs < 0) this.#inbound.giveUp(new HttpError(408, 'slow-body', 'the body comes too slowly'));
  }

  /** The next bytes, null at the end. */
  async #take(): Promise<Buffer | null> {
    for (;;) {
      if (this.#ended) return null;
      const bytes = this.#pull();
      if (bytes !== null) return bytes;
      if (!this.#ended) await this.#more();
    }
  }

  /** The next bytes that have arrived; null when there are none, or when the body is over. */
  #pull(): Buffer | null {
    try {
      const event = this.#inbound.next();
      if (event?.kind === 'end') this.#ended = true;
      if (event?.kind !== 'body') return null;
      this.#count(event.bytes.length);
      return event.bytes;
    } catch (error) {
      throw this.#keepFault(error);
    }
  }

  async #more(): Promise<void> {
    if (this.#continueOwed) this.#sendContinue();
    try {
      await this.#inbound.more();
    } catch (error) {
      throw this.#keepFault(error);
    }
  }

  #count(bytes: number): void {
    this.#continueOwed = false; // it did not wait (RFC 9110 10.1.1: then 100 may be left out)
    this.#bytesTaken += bytes;
    this.#bytesLeft = Math.max(0, this.#bytesLeft - bytes);
    if (this.#bytesTaken > this.#limits.bodyBytes) throw bodyTooLarge(this.#limits);
    if (this.#abandoned) return;
    this.#creditMs = Math.min(
      this.#limits.bodyGraceMs,
      this.#creditMs + (bytes * 1000) / this.#limits.bodyBytesPerSecond,
    );
  }

  #sendContinue(): void {
    this.#continueOwed = false;
    this.#output.add(continueHead);
    this.#output.flush();
  }

  #keepFault(error: unknown): unknown {
    if (error instanceof HttpError) this.#fault ??= error;
    return error;
  }
}

/** The error for a body over the limit (RFC 9110 15.5.14). */
export function bodyTooLarge(limits: HttpLimits): HttpError {
  return new HttpError(413, 'body-too-large', `the body is longer than ${limits.bodyBytes} bytes`);
}
