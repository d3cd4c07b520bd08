/**
 * A request as its handler sees it: the head that was read, in the form of `HttpRequest`. Decodes the query only when
 * somebody asks for it.
 */
import { type Form, parseForm } from '../protocols/http/content/form.ts';
import type { RequestHead } from '../protocols/http/types.ts';
import type { ConnectionView } from './context.ts';
import type { HttpRequest } from './handler.ts';
import type { RequestBody } from './request-body.ts';

/** The head that was read, as a `HttpRequest`. */
export class IncomingRequest implements HttpRequest {
  readonly head: RequestHead;
  readonly body: RequestBody;
  readonly #connection: Pick<ConnectionView, 'remoteAddress' | 'localAddress' | 'ends'>;
  #query: Form | undefined;

  constructor(
    head: RequestHead,
    body: RequestBody,
    connection: Pick<ConnectionView, 'remoteAddress' | 'localAddress' | 'ends'>,
  ) {
    this.head = head;
    this.body = body;
    this.#connection = connection;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get localAddress(): string {
    return this.#connection.localAddress;
  }

  get ends(): HttpRequest['ends'] {
    return this.#connection.ends;
  }

  get method(): string {
    return this.head.method;
  }

  get path(): string {
    return this.head.path;
  }

  get rawQuery(): string {
    return this.head.rawQuery;
  }

  /** The decoded query. Throws HttpError 400 when it is not percent-encoded UTF-8. */
  get query(): Form {
    this.#query ??= parseForm(this.head.rawQuery);
    return this.#query;
  }

  get headers(): HttpRequest['headers'] {
    return this.head.fields;
  }

  get authority(): string {
    return this.head.authority;
  }

  get contentLength(): number | undefined {
    return this.head.framing.kind === 'length' ? this.head.framing.bytes : undefined;
  }
}
