/**
 * One connection: requests in, responses out, in order, one at a time. Owns the socket and the moment when it is
 * closed. What is a valid request is decided in `protocols/http`, how one request is answered in `exchange.ts`.
 *
 *   HttpListener                     one for each port
 *   └─ ConnectionTable               all connections, and how many there may be
 *      └─ Connection                 one socket (seen by those below as a ConnectionView)
 *         ├─ Inbound                 bytes to events: holds the RequestReader, pauses the socket
 *         ├─ Output                  responses to writes: gathers small ones, waits for the kernel
 *         ├─ ResponseTrace           only for --trace: reads what Output sends
 *         └─ Exchange                one request and its response; null between two; its outcome is an Ending
 *            ├─ IncomingRequest      what the handler sees of the head
 *            └─ RequestBody          what the handler sees of the body; pulls from Inbound
 *
 *   reading    no request is being answered; what arrives is read as the next one
 *   answering  from the head of a request to the end of its response, and of its body
 *   closing    all is sent; what arrives is thrown away until the client has seen the response (RFC 9112 9.6)
 *
 * Time does not pass by itself here: the listener says how much has passed (`tick`), to all connections at once.
 */

import type { Socket } from 'node:net';
import { formatEndpoint } from '../bytes/endpoint.ts';
import { socketAddress } from '../bytes/ip.ts';
import { observerOf } from '../bytes/trace.ts';
import { readShared } from '../io/net/shared-reads.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { hasBody } from '../protocols/http/framing.ts';
import { frameResponse } from '../protocols/http/persistence.ts';
import { RequestReader } from '../protocols/http/read.ts';
import type { RequestHead } from '../protocols/http/types.ts';
import { encodeResponseHead } from '../protocols/http/write.ts';
import type { ConnectionContext, ConnectionView } from './context.ts';
import { type Ending, Exchange } from './exchange.ts';
import type { Part } from './gather.ts';
import { Inbound } from './inbound.ts';
import { Output } from './output.ts';
import { ResponseTrace } from './response-trace.ts';
import { encodeContent, isStream, sendComplete } from './send-content.ts';

/** The request that an error is framed for when none could be read. */
const someClient = { method: 'GET', minorVersion: 1 };

/** One connection, from the accepted socket to its end. */
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
  /** Time in this phase; while reading, since the last request or, once it has come, the first byte of the next. */
  #phaseMs = 0;
  #midHead = false;
  #discardedBytes = 0;

  /** Takes over `accepted`, of a server with `pauseOnConnect`. */
  constructor(accepted: Socket, context: ConnectionContext) {
    const { limits, trace, takesRawQuery, memory } = context;
    const socket = readShared(accepted, (bytes) => this.#onBytes(bytes));
    this.context = context;
    this.#socket = socket;
    this.remoteAddress = socketAddress(socket.remoteAddress);
    const remote = formatEndpoint({ address: this.remoteAddress, port: socket.remotePort ?? 0 });
    const observeSent = observerOf(trace, remote, '<');
    this.#responseTrace = observeSent && new ResponseTrace(observeSent);
    const observe = observerOf(trace, remote, '>');
    const reader = new RequestReader(limits, { observe, takesRawQuery, copies: memory.copies });
    this.inbound = new Inbound(socket, reader, limits);
    const tap = this.#responseTrace && ((bytes: Part) => this.#responseTrace?.sent(bytes));
    this.output = new Output(socket, { limits, gathered: memory.gathered, tap });
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#serve());
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', () => this.#onClose());
  }

  get localAddress(): string {
    return socketAddress(this.#socket.localAddress);
  }

  /** Whether the next response is the last. */
  get retiring(): boolean {
    return this.#retiring;
  }

  /** Whether the client sends no more; it may still read. */
  get clientEnded(): boolean {
    return this.#clientEnded;
  }

  /** Closes after the next response. */
  answerOnce(): void {
    this.#retiring = true;
  }

  /** Finishes the exchange under way, if there is one, and closes. */
  retire(): void {
    this.answerOnce();
    if (this.#exchange?.endless && this.output.congested) this.destroy(); // it misses no more than by now
    if (this.#phase === 'reading' && this.inbound.idle) this.#close();
  }

  /** Responds with `error` to what could not be read as a request, and closes. */
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

  /** Calls `listener` when the connection is over in both directions. */
  onceClosed(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** Cuts the connection, so that the client sees that it ended early. */
  destroy(): void {
    this.#phase = 'closing';
    this.#socket.destroy();
  }

  /** Says that `ms` more have passed: ends what has taken too long. */
  tick(ms: number): void {
    this.#phaseMs += ms;
    this.output.tick(ms);
    if (this.output.stalled) this.#giveUp();
    else if (this.#phase === 'reading') this.#tickReading(ms);
    else if (this.#phase === 'answering') this.#exchange?.tick(ms);
    else this.#tickClosing();
  }

  #tickReading(ms: number): void {
    const { headMs, idleMs } = this.context.limits;
    const midHead = !this.inbound.idle;
    if (midHead !== this.#midHead) this.#phaseMs = ms;
    if (this.output.congested) this.#phaseMs = 0; // responses are to be read first: see `Output.stalled`
    this.#midHead = midHead;
    if (midHead && this.#phaseMs > headMs) this.refuse(new HttpError(408, 'slow-head', 'the request comes too slowly'));
    if (!midHead && this.#phaseMs > idleMs) this.#close();
  }

  #tickClosing(): void {
    if (this.#socket.writableLength > 0) this.#phaseMs = 0; // the response is not out yet: see `Output.stalled`
    if (this.#phaseMs > this.context.limits.lingerMs) this.destroy();
  }

  /** Reads `bytes`, whose buffer is used again afterwards: what is not read at once is copied. */
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

  /** Notes that the connection broke: 'close' follows. Clients that vanish are nothing unusual. */
  #onError(error: Error): void {
    this.context.log.debug('http', 'connection lost', { message: error.message, remote: this.remoteAddress });
  }

  #onClose(): void {
    this.#phase = 'closing';
    this.inbound.onClose();
    this.#exchange?.abort();
  }

  /** Serves the requests that have arrived, as long as the client takes the responses. */
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

  /** The one place that errors of the reader come to, after all requests before the broken one have been answered. */
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
    if (isStream(content)) throw new Error('an error page is no stream');
    const framing = frameResponse(someClient, { status, length: content.length, persists: false });
    const dateLine = this.context.memory.dateLines.at(this.context.now());
    const head = encodeResponseHead(status, headers, framing.lines, dateLine);
    this.#responseTrace?.begin(someClient.method);
    sendComplete(this.output, head, content)?.catch(() => this.destroy());
  }

  /** Sends no more, but reads what the client sends, or a reset could overtake the last response (RFC 9112 9.6). */
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
