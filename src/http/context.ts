/**
 * What the connections of one listener share, and what one of them is to the request it is answering.
 */
import type { Log } from '../io/log.ts';
import type { HttpError } from '../protocols/http/errors.ts';
import type { HttpLimits } from '../protocols/http/limits.ts';
import type { Handler, HttpRequest, HttpResponse } from './handler.ts';
import type { Inbound } from './inbound.ts';
import type { Output } from './output.ts';

export interface ConnectionContext {
  readonly handle: Handler;
  /** The answer that tells `error`, with the headers it asks for. `request` is null when none could be read. */
  readonly renderError: (error: HttpError, request: HttpRequest | null) => HttpResponse;
  readonly limits: HttpLimits;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Gets the annotated bytes of every connection, line by line. */
  readonly trace: ((line: string) => void) | undefined;
}

/** A connection, as the turn sees it that is being taken. */
export interface ConnectionView {
  readonly context: ConnectionContext;
  readonly inbound: Inbound;
  readonly output: Output;
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Whether the next answer is the last. */
  readonly retiring: boolean;
  /** Whether the client sends no more; it may still read. */
  readonly clientEnded: boolean;
}
