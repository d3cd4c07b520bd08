/**
 * A small, strict HTTP client, for our own server and strangers' trackers: one connection for one call, no redirects,
 * no compression. Owns the socket; `protocols/http` decides what is a valid response and how a request is framed.
 *
 *   const response = await httpCall(new URL('http://127.0.0.1:8080/files'), { method: 'GET', timeoutMs: 5000 });
 *   response.status; response.headers.get('content-type'); response.body.toString();
 */

import { connect, type Socket } from 'node:net';
import { bareHostOf } from '../../bytes/host.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { httpLimits } from '../../protocols/http/limits.ts';
import { frameRequest } from '../../protocols/http/persistence.ts';
import { ResponseReader } from '../../protocols/http/read-response.ts';
import type { ResponseEvent, ResponseHead } from '../../protocols/http/types.ts';
import { chunkEnd, encodeChunkSize, encodeRequestHead, lastChunk } from '../../protocols/http/write.ts';

export interface HttpCallOptions {
  readonly method: string;
  /** The fields besides Host, Connection and Content-Length or Transfer-Encoding, which are added. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: RequestBody;
  /** The longest time without a byte in either direction, while connecting and after. */
  readonly timeoutMs: number;
  /** Ends the call, whatever it waits for. */
  readonly signal?: AbortSignal;
}

/** The content of a request. A stream without a length is sent chunked. */
export type RequestBody =
  | string
  | Uint8Array
  | { readonly length?: number; readonly chunks: AsyncIterable<Uint8Array> };

export interface ClientResponse<Body> {
  readonly status: number;
  /** The fields, by lower-case name. */
  readonly headers: { get(name: string): string | undefined };
  readonly body: Body;
}

/** The most bytes of a response that is held in memory, when the caller does not say. */
const bodyBytesMaxDefault = 16 * 1024 * 1024;

/**
 * Sends one request and returns the complete response. Throws a system error when the connection fails, a HttpError
 * when the response breaks HTTP, ends early ('incomplete-message'), is too slow ('timeout') or longer than
 * `bodyBytesMax` ('body-too-large'), and the reason of `signal` when that came first.
 */
export async function httpCall(
  url: URL,
  options: HttpCallOptions & { readonly bodyBytesMax?: number },
): Promise<ClientResponse<Buffer>> {
  const { body, ...response } = await httpStream(url, options);
  return { ...response, body: await completeBody(body, options.bodyBytesMax) };
}

/** Gathers the body of a `httpStream` in memory. Throws what `httpCall` throws. */
export async function completeBody(
  chunks: AsyncIterable<Buffer>,
  bytesMax: number = bodyBytesMaxDefault,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > bytesMax) throw new HttpError('drop', 'body-too-large', `the answer is longer than ${bytesMax} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

/**
 * Sends one request, like `httpCall`, and returns its body as it arrives, only as fast as it is asked for. The body
 * must be iterated: to its end, or left by `break`, which closes the connection.
 */
export async function httpStream(
  url: URL,
  options: HttpCallOptions,
): Promise<ClientResponse<AsyncGenerator<Buffer, void>>> {
  options.signal?.throwIfAborted();
  const socket = openSocket(url, options);
  try {
    const response = new ResponseStream(socket, options.method);
    const sent = sendRequest(socket, url, options);
    const head = await Promise.race([response.head(), failureOf(sent)]);
    return { status: head.status, headers: head.fields, body: response.body() };
  } catch (error) {
    socket.destroy();
    // Of a name with several addresses, as `localhost` often has two, none answers: one of the reasons tells enough.
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

/** Reads one response off a socket that is paused whenever nobody asks. */
class ResponseStream {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #reader: ResponseReader;

  constructor(socket: Socket, method: string) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
    this.#reader = new ResponseReader(method, httpLimits);
  }

  async head(): Promise<ResponseHead> {
    const event = await this.#next();
    if (event.kind !== 'head') throw new Error('a message begins with its head');
    return event.head;
  }

  async *body(): AsyncGenerator<Buffer, void> {
    try {
      for (let event = await this.#next(); event.kind === 'body'; event = await this.#next()) yield event.bytes;
    } finally {
      this.#socket.destroy();
    }
  }

  async #next(): Promise<ResponseEvent> {
    for (;;) {
      const event = this.#reader.next();
      if (event !== null) return event;
      const { value, done } = await this.#chunks.next();
      if (done === true) this.#reader.end();
      else this.#reader.receive(value);
    }
  }
}

function openSocket(url: URL, { timeoutMs, signal }: HttpCallOptions): Socket {
  if (url.protocol !== 'http:') throw new Error(`only http: URLs are supported, not ${url.protocol}`);
  const host = bareHostOf(url);
  const socket = connect({ host, port: Number(url.port === '' ? 80 : url.port), noDelay: true });
  if (signal !== undefined) destroyWhen(signal, socket);
  socket.setTimeout(timeoutMs, () => {
    socket.destroy(new HttpError('drop', 'timeout', `no answer from ${url.host} for ${timeoutMs} ms`));
  });
  return socket;
}

function destroyWhen(signal: AbortSignal, socket: Socket): void {
  const onAbort = (): void => void socket.destroy(signal.reason);
  signal.addEventListener('abort', onAbort);
  socket.once('close', () => signal.removeEventListener('abort', onAbort));
}

async function sendRequest(socket: Socket, url: URL, options: HttpCallOptions): Promise<void> {
  const { method, headers = [], body } = options;
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const fields = [
    ['Host', url.host] as const,
    ['Connection', 'close'] as const,
    ...headers,
    ...frameRequest(lengthOf(content)),
  ];
  socket.write(encodeRequestHead(method, url.pathname + url.search, fields), 'latin1');
  if (content === undefined) return;
  if (content instanceof Uint8Array) return write(socket, content);
  if (content.length === undefined) return sendChunked(socket, content.chunks);
  let sentBytes = 0;
  for await (const chunk of content.chunks) {
    sentBytes += chunk.length;
    if (sentBytes > content.length) break;
    await write(socket, chunk);
  }
  if (sentBytes !== content.length) throw new Error(`the body is not ${content.length} bytes long, as was announced`);
}

function lengthOf(content: Exclude<RequestBody, string> | undefined): number | null | undefined {
  return content && (content.length ?? null);
}

/** Sends `chunks` in the chunked coding (RFC 9112 7.1). */
async function sendChunked(socket: Socket, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue; // an empty chunk would be the last one
    socket.write(encodeChunkSize(chunk.length));
    socket.write(chunk);
    await write(socket, Buffer.from(chunkEnd));
  }
  await write(socket, Buffer.from(lastChunk));
}

/** Settles when the kernel has the bytes; rejects when the server reads no more, though it may still respond. */
function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Rejects when `sent` does, and never settles otherwise. */
function failureOf(sent: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    sent.catch(reject);
  });
}
