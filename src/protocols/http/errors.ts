/**
 * The one error of HTTP: a request that gets an error status. Parsers throw it for requests that break the protocol,
 * handlers for requests that they refuse. The connection catches both in one place and turns them into a response.
 *
 *   throw new HttpError(404, 'no-such-file', 'no file has the id 2c5e...');
 *   throw new HttpError(405, 'method', 'GET and HEAD only', { headers: [['Allow', 'GET, HEAD']] });
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export interface HttpErrorOptions extends ErrorOptions {
  /** Fields that the response must have besides, e.g. `Allow` with 405 (RFC 9110 15.5.6). */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** A request that gets an error status. */
export class HttpError extends ProtocolError<number> {
  readonly headers: readonly (readonly [name: string, value: string])[];

  /** The `status` is 400 to 599, or 'drop' when nobody is there to read a response. The client is shown `message`. */
  constructor(status: number | 'drop', code: string, message: string, options?: HttpErrorOptions) {
    super(code, status, message, options);
    this.headers = options?.headers ?? [];
  }
}
