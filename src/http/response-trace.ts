/**
 * Traces the bytes that a connection sends (`--trace`): they are read again by the reader that clients use, so that
 * responses are shown field by field, as requests are.
 */
import type { Observer } from '../bytes/trace.ts';
import { httpLimits } from '../protocols/http/limits.ts';
import { ResponseReader } from '../protocols/http/read-response.ts';

/** The responses of one connection, as trace lines. */
export class ResponseTrace {
  readonly #observe: Observer;
  #reader: ResponseReader;

  constructor(observe: Observer) {
    this.#observe = observe;
    this.#reader = this.#readerFor('GET');
  }

  /** Says that the next bytes respond to a request with `method`. */
  begin(method: string): void {
    this.#reader = this.#readerFor(method);
  }

  /** Traces `bytes`, which were sent. */
  sent(bytes: string | Uint8Array): void {
    this.#reader.receive(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes));
    while (this.#reader.next() !== null);
  }

  #readerFor(method: string): ResponseReader {
    return new ResponseReader(method, httpLimits, this.#observe);
  }
}
