/**
 * The one error of HTTP: a request that is answered with an error status. Parsers throw it for what breaks the
 * protocol, handlers for what they refuse. The connection catches both in one place and turns them into a response.
 *
 *   throw new HttpError(404, 'no-such-file', 'no file has the id 2c5e...');
 *   throw new HttpError(405, 'method', 'GET and HEAD only', { headers: [['Allow', 'GET, HEAD']] });
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export interface HttpErrorOptions extends ErrorOptions {
  /** What the answer must carry besides its page, e.g. `Allow` with 405 (RFC 9110 15.5.6). */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export class HttpError extends ProtocolError<number> {
  readonly headers: readonly (readonly [name: string, value: string])[];

  /** `status` 400 to 599, or 'drop' when nobody is there to read an answer. `message` is shown to the client. */
  constructor(status: number | 'drop', code: string, message: string, options?: HttpErrorOptions) {
    super(code, status, message, options);
    this.headers = options?.headers ?? [];
  }
}
