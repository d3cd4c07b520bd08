/**
 * Feeds readers in the ways a network does: whole, byte by byte, in bits of three bytes, and with the bytes of a
 * further message behind. The events must not depend on it.
 */
import { HttpError } from './errors.ts';
import { type HttpLimits, httpLimits } from './limits.ts';
import { RequestReader } from './read.ts';
import { ResponseReader } from './read-response.ts';
import type { MessageEvent, RequestHead, ResponseHead } from './types.ts';

/** A message with its body gathered. */
export interface Message<Head> {
  readonly head: Head;
  body: string;
  /** The trailers; undefined while the end has not come. */
  trailers: (readonly [name: string, value: string])[] | undefined;
}

export interface Reading<Head> {
  readonly messages: Message<Head>[];
  readonly error: HttpError | undefined;
}

/** The sizes of chunks. One and three bytes put a cut at every place, and a line in many chunks. */
export const cuts = [Number.POSITIVE_INFINITY, 1, 3];

export function readRequests(bytes: string, cut: number, limits: Partial<HttpLimits> = {}): Reading<RequestHead> {
  return readAll(new RequestReader({ ...httpLimits, ...limits }), bytes, cut);
}

export function readResponse(method: string, bytes: string, cut: number): Reading<ResponseHead> {
  return readAll(new ResponseReader(method, httpLimits), bytes, cut);
}

interface Reader<Head> {
  receive(chunk: Buffer): void;
  end(): void;
  next(): MessageEvent<Head> | null;
}

function readAll<Head>(reader: Reader<Head>, bytes: string, cut: number): Reading<Head> {
  const messages: Message<Head>[] = [];
  const all = Buffer.from(bytes, 'latin1');
  try {
    for (let at = 0; at < all.length; at += cut) {
      reader.receive(all.subarray(at, at + cut));
      gather(reader, messages);
    }
    reader.end();
    gather(reader, messages);
  } catch (error) {
    if (error instanceof HttpError) return { messages, error };
    throw error;
  }
  return { messages, error: undefined };
}

function gather<Head>(reader: Reader<Head>, messages: Message<Head>[]): void {
  for (let event = reader.next(); event !== null; event = reader.next()) {
    const message = messages.at(-1);
    if (event.kind === 'head') messages.push({ head: event.head, body: '', trailers: undefined });
    else if (message === undefined) throw new Error(`${event.kind} before any head`);
    else if (event.kind === 'body') message.body += event.bytes.toString('latin1');
    else message.trailers = [...event.trailers];
  }
}
