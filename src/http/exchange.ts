/**
 * One turn of a connection: a request and its answer. Owns the way from the handler's outcome to the bytes that are
 * sent, and the choice of what happens to the connection then. Never rejects: whatever goes wrong has an answer, or
 * cuts the connection.
 */
import { HttpError } from '../protocols/http/errors.ts';
import { checkExpectation, frameResponse, persists, type ResponseFraming } from '../protocols/http/persistence.ts';
import type { RequestHead } from '../protocols/http/types.ts';
import { encodeResponseHead } from '../protocols/http/write.ts';
import type { ConnectionView } from './context.ts';
import type { HttpResponse, StreamBody } from './handler.ts';
import { IncomingRequest } from './incoming-request.ts';
import { type KeptResponse, keptResponse } from './kept-response.ts';
import { bodyTooLarge, RequestBody } from './request-body.ts';
import { encodeContent, isStream, sendChunks, sendWhole } from './send-content.ts';

/**
 * What becomes of the connection: the next request is read; it is closed; it is cut, so that the answer is seen to be
 * incomplete; it is reset, for the same end when the end of the connection would be the end of the answer.
 */
export type Ending = 'persist' | 'close' | 'cut' | 'reset';

type Outcome = HttpResponse | HttpError;

/** An answer that is ready to be sent, but for its content. */
interface Reply {
  readonly status: number;
  readonly head: string;
  readonly framing: ResponseFraming;
}

/** An answer that is with the output. */
interface Sent {
  readonly status: number;
  /** Of content. */
  readonly bytes: number;
  readonly persists: boolean;
}

export class Exchange {
  readonly #connection: ConnectionView;
  readonly #head: RequestHead;
  readonly #body: RequestBody;
  readonly #request: IncomingRequest;
  readonly #startMs: number;
  #chunks: AsyncIterator<Uint8Array> | null = null;
  #endless = false;

  constructor(connection: ConnectionView, head: RequestHead) {
    this.#connection = connection;
    this.#head = head;
    this.#body = new RequestBody(connection, head);
    this.#request = new IncomingRequest(head, this.#body, connection);
    this.#startMs = connection.context.log.enabled('info') ? connection.context.now() : 0; // only the log asks
  }

  /** Whether the answer has no end before the client leaves. */
  get endless(): boolean {
    return this.#endless;
  }

  /** Handles the request and answers it. A promise only when something has to be waited for. */
  run(): Ending | Promise<Ending> {
    const outcome = this.#handle();
    return outcome instanceof Promise ? outcome.then((later) => this.#answer(later)) : this.#answer(outcome);
  }

  /** Says that `ms` more have passed. */
  passed(ms: number): void {
    this.#body.passed(ms);
  }

  /**
   * The rest of the answer will not be sent. A body may hold buffers, or wait for something far away: only return() can
   * tell it that nobody wants it any more.
   */
  abort(): void {
    this.#chunks?.return?.().catch((error: unknown) => this.#logFailure('an answer failed to close', error));
  }

  #handle(): Outcome | Promise<Outcome> {
    try {
      this.#admit();
      const response = this.#connection.context.handle(this.#request);
      return response instanceof Promise ? response.catch((error: unknown) => this.#asHttpError(error)) : response;
    } catch (error) {
      return this.#asHttpError(error);
    }
  }

  #admit(): void {
    checkExpectation(this.#head);
    const { limits } = this.#connection.context;
    if ((this.#request.contentLength ?? 0) > limits.bodyBytes) throw bodyTooLarge(limits);
  }

  /** A fault in the body's framing outweighs whatever the handler made of it. */
  #answer(outcome: Outcome): Ending | Promise<Ending> {
    this.#body.skipArrived();
    const verdict = this.#body.fault ?? outcome;
    if (verdict instanceof HttpError) return this.#sendError(verdict);
    try {
      return this.#send(verdict);
    } catch (error) {
      return this.#sendError(this.#asHttpError(error));
    }
  }

  /** When an error cannot even be told, the connection is cut. */
  #sendError(error: HttpError): Ending | Promise<Ending> {
    if (error.answer === 'drop') return this.#clientLeft();
    try {
      return this.#send(this.#connection.context.renderError(error, this.#request));
    } catch (failure) {
      this.#logFailure('an error could not be answered', failure);
      return 'cut';
    }
  }

  /** Throws only before anything is sent. */
  #send(response: HttpResponse): Ending | Promise<Ending> {
    const { status, headers, body } = response;
    const { method, minorVersion } = this.#head;
    const nowMs = this.#connection.context.now();
    const persistent = !this.#connection.retiring && persists(this.#head) && this.#body.drainable;
    if (persistent && method === 'GET' && minorVersion === 1) {
      const kept = keptResponse(response, nowMs);
      if (kept !== null) return this.#sendKept(status, kept);
    }
    const content = encodeContent(body);
    const framing = frameResponse(this.#head, { status, length: content.length, persists: persistent });
    const reply = { status, framing, head: encodeResponseHead(status, headers, framing.lines, nowMs) };
    if (!framing.content) return this.#sendWhole(reply, '');
    return isStream(content) ? this.#sendStream(reply, content) : this.#sendWhole(reply, content);
  }

  #sendKept(status: number, { bytes, contentBytes }: KeptResponse): Ending | Promise<Ending> {
    this.#connection.output.add(bytes);
    return this.#end({ status, bytes: contentBytes, persists: true });
  }

  #sendWhole(reply: Reply, content: string | Uint8Array): Ending | Promise<Ending> {
    const sending = sendWhole(this.#connection.output, reply.head, content);
    const sent = { status: reply.status, bytes: content.length, persists: reply.framing.persists };
    if (sending === undefined) return this.#end(sent);
    return sending.then(
      () => this.#end(sent),
      () => this.#clientLeft(),
    );
  }

  /** The head goes out with the first chunk, so a body that fails at once is still answered by an error. */
  async #sendStream(reply: Reply, body: StreamBody): Promise<Ending> {
    const { output, context, clientEnded } = this.#connection;
    this.#endless = body.endless ?? false;
    if (this.#endless && clientEnded) return 'close'; // it may still read the answers before this one
    const chunks = body.chunks[Symbol.asyncIterator]();
    this.#chunks = chunks;
    let first: IteratorResult<Uint8Array>;
    try {
      first = await chunks.next();
    } catch (error) {
      return this.#sendError(this.#asHttpError(error));
    }
    try {
      output.add(reply.head);
      const rules = { chunked: reply.framing.chunked, length: body.length, writeBytes: context.limits.writeBytes };
      const bytes = await sendChunks(output, first, chunks, rules);
      return await this.#end({ status: reply.status, bytes, persists: reply.framing.persists });
    } catch (error) {
      this.abort(); // when it was not the body that failed, it would wait for ever to be asked for the rest
      if (output.gone) return this.#clientLeft();
      this.#logFailure('an answer was cut short', error);
      return body.length === null && !reply.framing.chunked ? 'reset' : 'cut';
    }
  }

  /** The answer is with the output: what becomes of the rest of the request, and of the connection? */
  #end({ status, bytes, persists }: Sent): Ending | Promise<Ending> {
    this.#chunks = null;
    const { log } = this.#connection.context;
    if (log.enabled('info')) log.info('http', 'request', { ...this.#labels(), status, bytes, ms: this.#elapsedMs() });
    if (!persists) return 'close';
    if (this.#body.ended) return 'persist';
    this.#connection.output.flush();
    return this.#body.drain().then((drained) => (drained ? 'persist' : 'close'));
  }

  #clientLeft(): Ending {
    this.#connection.context.log.info('http', 'the client left', this.#labels());
    return 'cut';
  }

  /** What is no HttpError is our own fault: the client learns that much, the log everything. */
  #asHttpError(error: unknown): HttpError {
    if (error instanceof HttpError) return error;
    this.#logFailure('a request failed', error);
    return new HttpError(500, 'internal', 'something went wrong here; the log has the details');
  }

  #logFailure(message: string, error: unknown): void {
    this.#connection.context.log.error('http', message, this.#labels(), error);
  }

  #labels(): { method: string; path: string; remote: string } {
    return { method: this.#head.method, path: this.#head.path, remote: this.#connection.remoteAddress };
  }

  #elapsedMs(): number {
    return this.#connection.context.now() - this.#startMs;
  }
}
