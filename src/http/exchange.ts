/**
 * One exchange of a connection: a request and its response. Owns the way from the handler's outcome to the bytes that
 * are sent, and the choice of what happens to the connection then. Never rejects: whatever goes wrong has a response,
 * or cuts the connection.
 */
import { HttpError } from '../protocols/http/errors.ts';
import { checkExpectation, frameResponse, persists, type ResponseFraming } from '../protocols/http/persistence.ts';
import type { RequestHead } from '../protocols/http/types.ts';
import type { ConnectionView } from './context.ts';
import type { HttpResponse, StreamBody } from './handler.ts';
import { IncomingRequest } from './incoming-request.ts';
import { bodyTooLarge, RequestBody } from './request-body.ts';
import type { CachedResponse } from './response-cache.ts';
import { encodeSafeHead } from './safety-fields.ts';
import { encodeContent, isStream, sendChunks, sendComplete } from './send-content.ts';

/**
 * The fate of the connection after an exchange: the next request is read; the connection is closed; cut, so that the
 * client sees an incomplete response; or reset, for the same purpose where the end of the connection would be the end
 * of the response.
 */
export type Ending = 'persist' | 'close' | 'cut' | 'reset';

type Outcome = HttpResponse | HttpError;

/** A response that is ready to be sent, but for its content. */
interface ReadyResponse {
  readonly status: number;
  readonly head: string;
  readonly framing: ResponseFraming;
}

/** A response that is with the output. */
interface SentResponse {
  readonly status: number;
  /** The number of bytes of content. */
  readonly bytes: number;
  readonly persists: boolean;
}

/** One request and its response. */
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

  /** Whether the response has no end before the client leaves. */
  get endless(): boolean {
    return this.#endless;
  }

  /** Handles the request and responds. A promise only when something has to be waited for. */
  run(): Ending | Promise<Ending> {
    const outcome = this.#handle();
    return outcome instanceof Promise ? outcome.then((later) => this.#respond(later)) : this.#respond(outcome);
  }

  /** Says that `ms` more have passed. */
  tick(ms: number): void {
    this.#body.tick(ms);
  }

  /**
   * Gives up the rest of the response. A body may hold buffers, or wait for something far away: only return() can tell
   * it that nobody wants it any more.
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

  /** Sends the outcome, or the fault in the body's framing, which outweighs whatever the handler made of it. */
  #respond(outcome: Outcome): Ending | Promise<Ending> {
    this.#body.skipArrived();
    const verdict = this.#body.fault ?? outcome;
    if (verdict instanceof HttpError) return this.#sendError(verdict);
    try {
      return this.#send(verdict);
    } catch (error) {
      return this.#sendError(this.#asHttpError(error));
    }
  }

  /** Sends the response that tells `error`; when even that fails, the connection is cut. */
  #sendError(error: HttpError): Ending | Promise<Ending> {
    if (error.answer === 'drop') return this.#clientLeft();
    try {
      return this.#send(this.#connection.context.renderError(error, this.#request));
    } catch (failure) {
      this.#logFailure('an error could not be answered', failure);
      return 'cut';
    }
  }

  /** Sends `response`. Throws only before anything is sent. */
  #send(response: HttpResponse): Ending | Promise<Ending> {
    const { status, body } = response;
    const { method, minorVersion } = this.#head;
    const { now, memory } = this.#connection.context;
    const nowMs = now();
    const persistent = !this.#connection.retiring && persists(this.#head) && this.#body.drainable;
    if (persistent && method === 'GET' && minorVersion === 1) {
      const cached = memory.lastResponse.get(response, nowMs);
      if (cached !== null) return this.#sendCached(status, cached);
    }
    const content = encodeContent(body);
    const framing = frameResponse(this.#head, { status, length: content.length, persists: persistent });
    const head = encodeSafeHead(response, framing.lines, memory.dateLines.at(nowMs));
    const ready = { status, framing, head };
    if (!framing.content) return this.#sendComplete(ready, '');
    return isStream(content) ? this.#sendStream(ready, content) : this.#sendComplete(ready, content);
  }

  #sendCached(status: number, { bytes, contentBytes }: CachedResponse): Ending | Promise<Ending> {
    this.#connection.output.add(bytes);
    return this.#end({ status, bytes: contentBytes, persists: true });
  }

  #sendComplete(ready: ReadyResponse, content: string | Uint8Array): Ending | Promise<Ending> {
    const sending = sendComplete(this.#connection.output, ready.head, content);
    const sent = { status: ready.status, bytes: content.length, persists: ready.framing.persists };
    if (sending === undefined) return this.#end(sent);
    return sending.then(
      () => this.#end(sent),
      () => this.#clientLeft(),
    );
  }

  /**
   * Sends a body that is made meanwhile. The head goes with the first chunk, so a body that fails at once is an error.
   */
  async #sendStream(ready: ReadyResponse, body: StreamBody): Promise<Ending> {
    const { output, context, clientEnded } = this.#connection;
    this.#endless = body.endless ?? false;
    if (this.#endless && clientEnded) return 'close'; // it may still read the responses before this one
    const chunks = body.chunks[Symbol.asyncIterator]();
    this.#chunks = chunks;
    let first: IteratorResult<Uint8Array>;
    try {
      first = await chunks.next();
    } catch (error) {
      return this.#sendError(this.#asHttpError(error));
    }
    try {
      output.add(ready.head);
      const rules = { chunked: ready.framing.chunked, length: body.length, writeBytes: context.limits.writeBytes };
      const bytes = await sendChunks(output, first, chunks, rules);
      return await this.#end({ status: ready.status, bytes, persists: ready.framing.persists });
    } catch (error) {
      this.abort(); // when it was not the body that failed, it would wait for ever to be asked for the rest
      if (output.gone) return this.#clientLeft();
      this.#logFailure('an answer was cut short', error);
      return body.length === null && !ready.framing.chunked ? 'reset' : 'cut';
    }
  }

  /** Decides, once the response is with the output, on the rest of the request and the connection. */
  #end({ status, bytes, persists }: SentResponse): Ending | Promise<Ending> {
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

  /** Turns whatever was thrown into an HttpError. Anything else is our own fault, which only the log learns in full. */
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
