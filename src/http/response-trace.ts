/**
 * For `--trace`: what a connection sends, read again by the reader that clients use, so that it too is shown field by
 * field.
 */
import { httpLimits } from '../protocols/http/limits.ts';
import { ResponseReader } from '../protocols/http/read-response.ts';
import { type Observer, traceTo } from '../protocols/http/trace.ts';

export class ResponseTrace {
  readonly #observe: Observer;
  #reader: ResponseReader;

  constructor(write: (line: string) => void) {
    this.#observe = traceTo(write, '<');
    this.#reader = this.#readerFor('GET');
  }

  /** The next bytes answer a request with this method. */
  begin(method: string): void {
    this.#reader = this.#readerFor(method);
  }

  sent(bytes: string | Uint8Array): void {
    this.#reader.receive(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes));
    while (this.#reader.next() !== null);
  }

  #readerFor(method: string): ResponseReader {
    return new ResponseReader(method, httpLimits, this.#observe);
  }
}
