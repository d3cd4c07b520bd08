/**
 * For tests of the server: a listener for as long as a test needs it, and a client that sends exactly the bytes it is
 * given.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { silentLog } from '../io/log.ts';
import type { Fields } from '../protocols/http/fields.ts';
import { httpLimits } from '../protocols/http/limits.ts';
import { ResponseReader } from '../protocols/http/read-response.ts';
import type { ConnectionContext } from './context.ts';
import type { Handler, HttpResponse } from './handler.ts';
import { type HttpListener, type HttpListenerOptions, openHttpListener } from './listener.ts';

/** Opens a listener with `handle` on a free port, and closes it after `use`. */
export async function withListener(
  handle: Handler,
  use: (listener: HttpListener) => Promise<void>,
  options: Partial<HttpListenerOptions> = {},
): Promise<void> {
  const fixed = { host: '127.0.0.1', port: 0, handle, renderError: plainError, log: silentLog };
  const listener = await openHttpListener({ ...fixed, ...options });
  try {
    await use(listener);
  } finally {
    await listener.close({ deadlineMs: 0 });
  }
}

/** Says the code of the error, so that tests can tell one from another. */
export const plainError: ConnectionContext['renderError'] = (error) => {
  assert.notEqual(error.answer, 'drop', 'nobody is there to read it');
  return { status: Number(error.answer), headers: error.headers, body: `${error.code}: ${error.message}` };
};

export function text(body: string, status = 200): HttpResponse {
  return { status, headers: [['Content-Type', 'text/plain']], body };
}

/** Something to wait for, until it is opened. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

export interface RawResponse {
  readonly status: number;
  readonly fields: Fields;
  body: string;
  /** False when the connection ended before the answer did. */
  complete: boolean;
}

export class RawClient {
  readonly socket: Socket;
  #received = '';
  #onChange: () => void = () => {};
  #ended = false;
  #failure: NodeJS.ErrnoException | undefined;

  constructor(port: number, localAddress?: string) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true, localAddress });
    this.socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
      this.#onChange();
    });
    this.socket.on('error', (error) => {
      this.#failure = error;
    });
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.#ended = true;
        this.#onChange();
      });
    }
  }

  /** All that came so far, one character a byte. */
  get received(): string {
    return this.#received;
  }

  /** Why the connection broke, if it did. */
  get failure(): string | undefined {
    return this.#failure?.code;
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Sends no more, and goes on reading. */
  half(): this {
    this.socket.end();
    return this;
  }

  /** Settles when what was received fits. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      assert.ok(!this.#ended, `the connection ended before ${pattern} came: ${this.#received}`);
      await this.#change();
    }
    return this.#received;
  }

  /** All that the server sends until it ends; then this side ends too. */
  async all(): Promise<string> {
    while (!this.#ended) await this.#change();
    this.socket.destroy();
    return this.#received;
  }

  /** The responses until the server ends. `methods` are those of the requests, GET where not given. */
  async responses(...methods: string[]): Promise<RawResponse[]> {
    return parseResponses(await this.all(), methods);
  }

  async opened(): Promise<this> {
    if (this.socket.connecting) await once(this.socket, 'connect');
    return this;
  }

  /** Settles when the connection is over in both directions. */
  async over(): Promise<void> {
    while (!this.socket.closed) await this.#change();
  }

  close(): void {
    this.socket.destroy();
  }

  /** Leaves in such a way that the server gets a reset instead of an end. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }
}

/** One connection, all of `bytes` at once, every answer. */
export async function talk(listener: HttpListener, bytes: string, ...methods: string[]): Promise<RawResponse[]> {
  return new RawClient(listener.port).send(bytes).responses(...methods);
}

/** Each answer in turn, read by our own reader; it is fed single bytes, so that it stops where the answer does. */
export function parseResponses(received: string, methods: readonly string[] = []): RawResponse[] {
  const responses: RawResponse[] = [];
  const bytes = Buffer.from(received, 'latin1');
  let at = 0;
  while (at < bytes.length) at = parseResponse(bytes, at, methods[responses.length] ?? 'GET', responses);
  return responses;
}

function parseResponse(bytes: Buffer, from: number, method: string, responses: RawResponse[]): number {
  const reader = new ResponseReader(method, httpLimits);
  for (let at = from; at < bytes.length; at += 1) {
    reader.receive(bytes.subarray(at, at + 1));
    if (takeEvents(reader, responses)) return at + 1;
  }
  reader.end();
  try {
    takeEvents(reader, responses);
  } catch {
    // cut short: the answer stays marked as incomplete
  }
  return bytes.length;
}

/** True at the end of the answer. */
function takeEvents(reader: ResponseReader, responses: RawResponse[]): boolean {
  for (let event = reader.next(); event !== null; event = reader.next()) {
    if (event.kind === 'head') {
      responses.push({ status: event.head.status, fields: event.head.fields, body: '', complete: false });
      continue;
    }
    const answer = responses.at(-1) ?? assert.fail('a body without a head');
    if (event.kind === 'body') answer.body += event.bytes.toString('latin1');
    else answer.complete = true;
    if (event.kind === 'end') return true;
  }
  return false;
}
