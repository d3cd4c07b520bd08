/**
 * One connection: requests in, answers out, in order, one at a time. Owns the socket and the moment when it is closed.
 * What is a valid request is decided in `protocols/http`, what is answered in `turn.ts`.
 *
 *   reading    no request is being answered; what arrives is read as the next one
 *   answering  from the head of a request to the end of its answer, and of its body
 *   closing    all is said; what arrives is thrown away until the client has seen the answer (RFC 9112 9.6)
 *
 * Time does not pass by itself here: the listener says how much has passed (`passed`), to all connections at once.
 */

import type { Socket } from 'node:net';
import { socketAddress } from '../bytes/ip.ts';
import { readShared } from '../io/net/shared-reads.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { hasBody } from '../protocols/http/framing.ts';
import { frameResponse } from '../protocols/http/persistence.ts';
import { RequestReader } from '../protocols/http/read.ts';
import { traceTo } from '../protocols/http/trace.ts';
import type { RequestHead } from '../protocols/http/types.ts';
import { encodeResponseHead } from '../protocols/http/write.ts';
import type { ConnectionContext, ConnectionView } from './context.ts';
import { type Ending, Exchange } from './exchange.ts';
import { Inbound } from './inbound.ts';
import { Output } from './output.ts';
import { ResponseTrace } from './response-trace.ts';
import { encodeContent, isStream, sendWhole } from './send-content.ts';

/** Whom an error is framed for when no request could be read. */
const someClient = { method: 'GET', minorVersion: 1 };

export class Connection implements ConnectionView {
  readonly context: ConnectionContext;
  readonly inbound: Inbound;
  readonly output: Output;
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #responseTrace: ResponseTrace | undefined;
  #phase: 'reading' | 'answering' | 'closing' = 'reading';
  #exchange: Exchange | null = null;
  #clientEnded = false;
  #retiring = false;
  /** Time in this phase; while reading, since the last request or, once there is one, the first byte of the next. */
  #phaseMs = 0;
  #midHead = false;
  #discardedBytes = 0;

  /** Takes over `accepted`, of a server with `pauseOnConnect`. */
  constructor(accepted: Socket, context: ConnectionContext) {
    const { limits, trace } = context;
    const socket = readShared(accepted, (bytes) => this.#onBytes(bytes));
    this.context = context;
    this.#socket = socket;
    this.remoteAddress = socketAddress(socket.remoteAddress);
    this.#responseTrace = trace && new ResponseTrace(trace);
    this.inbound = new Inbound(socket, new RequestReader(limits, trace && traceTo(trace, '>')), limits);
    this.output = new Output(socket, limits, this.#responseTrace && ((bytes) => this.#responseTrace?.sent(bytes)));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#serve());
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', () => this.#onClose());
  }

  get localAddress(): string {
    return socketAddress(this.#socket.localAddress);
  }

  /** Whether the next answer is the last. */
  get retiring(): boolean {
    return this.#retiring;
  }

  /** Whether the client sends no more; it may still read. */
  get clientEnded(): boolean {
    return this.#clientEnded;
  }

  /** Closes after the next answer. */
  answerOnce(): void {
    this.#retiring = true;
  }

  /** Answers the request under way, if there is one, and closes. */
  retire(): void {
    this.answerOnce();
    if (this.#exchange?.endless && this.output.congested) this.destroy(); // it would miss no more than it has missed by now
    if (this.#phase === 'reading' && this.inbound.idle) this.#close();
  }

  /** Answers with `error` what could not be read as a request, and closes. */
  refuse(error: HttpError): void {
    const { log } = this.context;
    log.info('http', 'refused', { code: error.code, message: error.message, remote: this.remoteAddress });
    try {
      this.#tell(error);
      this.#close();
    } catch (failure) {
      log.error('http', 'an error could not be answered', { code: error.code }, failure);
      this.destroy();
    }
  }

  onceClosed(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** Closes at once; the client sees that it was not meant to. */
  destroy(): void {
    this.#phase = 'closing';
    this.#socket.destroy();
  }

  /** Says that `ms` more have passed: ends what has taken too long. */
  passed(ms: number): void {
    this.#phaseMs += ms;
    if (this.output.stalls(ms)) this.#giveUp();
    else if (this.#phase === 'reading') this.#passedReading(ms);
    else if (this.#phase === 'answering') this.#exchange?.passed(ms);
    else this.#passedClosing();
  }

  #passedReading(ms: number): void {
    const { headMs, idleMs } = this.context.limits;
    const midHead = !this.inbound.idle;
    if (midHead !== this.#midHead) this.#phaseMs = ms;
    if (this.output.congested) this.#phaseMs = 0; // it has answers to read first: `stalls` watches over that
    this.#midHead = midHead;
    if (midHead && this.#phaseMs > headMs) this.refuse(new HttpError(408, 'slow-head', 'the request comes too slowly'));
    if (!midHead && this.#phaseMs > idleMs) this.#close();
  }

  #passedClosing(): void {
    if (this.#socket.writableLength > 0) this.#phaseMs = 0; // the answer is not out yet: `stalls` watches over that
    if (this.#phaseMs > this.context.limits.lingerMs) this.destroy();
  }

  /** `bytes` are lent: whatever is not read at once must be copied. */
  #onBytes(bytes: Buffer): void {
    if (this.#phase === 'closing') {
      this.#discard(bytes.length);
    } else {
      this.inbound.onBytes(bytes);
      this.#serve();
      this.inbound.keep();
    }
  }

  #onEnd(): void {
    this.#clientEnded = true;
    if (this.#exchange?.endless) this.destroy();
    this.inbound.onEnd();
    this.#serve();
  }

  /** 'close' follows. Clients that vanish are daily business. */
  #onError(error: Error): void {
    this.context.log.debug('http', 'connection lost', { message: error.message, remote: this.remoteAddress });
  }

  #onClose(): void {
    this.#phase = 'closing';
    this.inbound.onClose();
    this.#exchange?.abort();
  }

  /** Answers what has arrived, as long as the client takes the answers. */
  #serve(): void {
    try {
      while (this.#phase === 'reading' && !this.output.congested) {
        const event = this.inbound.next();
        if (event === null) break;
        if (event.kind !== 'head') throw new Error(`a request begins with its head, not with ${event.kind}`);
        this.#begin(event.head);
      }
    } catch (error) {
      this.#onFault(error);
    }
    if (this.#phase === 'answering') this.output.flushSoon();
    else this.output.flush();
    if (this.#phase === 'reading' && this.#clientEnded && !this.output.congested) this.#close();
  }

  #begin(head: RequestHead): void {
    this.#phase = 'answering';
    this.#responseTrace?.begin(head.method);
    if (hasBody(head.framing)) this.inbound.keep(); // the handler takes the body at its own pace
    this.#exchange = new Exchange(this, head);
    const ending = this.#exchange.run();
    if (ending instanceof Promise) void ending.then((later) => this.#resume(later));
    else this.#finish(ending);
  }

  #resume(ending: Ending): void {
    this.#finish(ending);
    this.#serve();
  }

  #finish(ending: Ending): void {
    this.#exchange = null;
    if (this.#phase === 'closing') return; // the client left meanwhile
    this.#phaseMs = 0;
    if (ending === 'cut') this.destroy();
    else if (ending === 'reset') this.#reset();
    else if (ending === 'close' || this.#retiring) this.#close();
    else this.#phase = 'reading';
  }

  /** The one place where what the reader throws arrives: it has answered all requests before the one that is broken. */
  #onFault(error: unknown): void {
    if (error instanceof HttpError) {
      this.refuse(error);
    } else {
      this.context.log.error('http', 'a connection failed', { remote: this.remoteAddress }, error);
      this.destroy();
    }
  }

  #tell(error: HttpError): void {
    const { status, headers, body } = this.context.renderError(error, null);
    const content = encodeContent(body);
    if (isStream(content)) throw new Error('an error page is all there');
    const framing = frameResponse(someClient, { status, length: content.length, persists: false });
    const head = encodeResponseHead(status, headers, framing.lines, this.context.now());
    this.#responseTrace?.begin(someClient.method);
    sendWhole(this.output, head, content)?.catch(() => this.destroy());
  }

  /** RFC 9112 9.6: no more is sent, but what the client sends is read, or a reset could overtake the answer. */
  #close(): void {
    this.#phase = 'closing';
    this.#phaseMs = 0;
    this.output.flush();
    this.#socket.end();
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #giveUp(): void {
    this.context.log.info('http', 'the client takes no answer', { remote: this.remoteAddress });
    this.destroy();
  }

  #reset(): void {
    this.#phase = 'closing';
    this.#socket.resetAndDestroy();
  }

  #discard(bytes: number): void {
    this.#discardedBytes += bytes;
    if (this.#discardedBytes > this.context.limits.lingerBytes) this.destroy();
  }
}
