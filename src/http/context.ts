/**
 * The ground of `http/`: what the connections of one listener share, and what an exchange sees of its connection.
 */
import type { BufferPool } from '../bytes/buffer-pool.ts';
import type { Trace } from '../bytes/trace.ts';
import type { Log } from '../io/log.ts';
import type { HttpError } from '../protocols/http/errors.ts';
import { createCopyPool } from '../protocols/http/input.ts';
import type { HttpLimits } from '../protocols/http/limits.ts';
import type { TakesRawQuery } from '../protocols/http/target.ts';
import { DateLines } from '../protocols/http/write.ts';
import { SharedBuffer } from './gather.ts';
import type { Handler, HttpRequest, HttpResponse } from './handler.ts';
import type { Inbound } from './inbound.ts';
import type { Output } from './output.ts';
import { ResponseCache } from './response-cache.ts';

export interface ConnectionContext {
  readonly handle: Handler;
  /** Makes the response that tells `error`, with the fields it asks for. `request` is null when none could be read. */
  readonly renderError: (error: HttpError, request: HttpRequest | null) => HttpResponse;
  readonly takesRawQuery: TakesRawQuery;
  readonly limits: HttpLimits;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes the annotated bytes of every connection, line by line. */
  readonly trace: Trace | undefined;
  readonly memory: ListenerMemory;
}

/** Memory that the connections of one listener use in turn; another listener in the process has its own. */
export interface ListenerMemory {
  /** Received chunks that have to wait. */
  readonly copies: BufferPool;
  /** Small responses that leave in one write. */
  readonly gathered: SharedBuffer;
  readonly dateLines: DateLines;
  readonly lastResponse: ResponseCache;
}

/** Bytes for the responses that are gathered at most (`responseBatchBytes`), and one more. */
const gatheredBytes = 128 * 1024;

/** Makes the memory of a listener. */
export function createListenerMemory(): ListenerMemory {
  const dateLines = new DateLines();
  return {
    copies: createCopyPool(),
    gathered: new SharedBuffer(gatheredBytes),
    dateLines,
    lastResponse: new ResponseCache(dateLines),
  };
}

/** A connection, as its current exchange sees it. */
export interface ConnectionView {
  readonly context: ConnectionContext;
  readonly inbound: Inbound;
  readonly output: Output;
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Whether the next response is the last. */
  readonly retiring: boolean;
  /** Whether the client sends no more; it may still read. */
  readonly clientEnded: boolean;
}
