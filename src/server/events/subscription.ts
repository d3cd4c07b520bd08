/**
 * One subscriber's stream: all unread changes in one chunk, whenever the socket has taken the chunk before. A slow
 * socket gets the present state of what has changed meanwhile, not all states in between.
 */
import { encodeComment, encodeRetry } from '../../protocols/http/content/event-stream.ts';
import type { Change, Topic } from './change.ts';
import type { Bookmark } from './change-log.ts';

/** The changes that a subscriber asks for. */
export interface Filter {
  readonly topics: ReadonlySet<Topic>;
  /** The id of the only file of interest; undefined for all. */
  readonly file: string | undefined;
  /** Whether the subscriber is not trusted with paths of this machine. */
  readonly stranger?: boolean;
}

/** The delay before a browser connects again; by default most browsers take three seconds. */
const retryMs = 1000;
/** The silence after which a comment is sent, so that a dead connection is noticed. */
const silenceMs = 15_000;
/** Bytes per chunk; the rest waits for the socket, and may be replaced by newer changes meanwhile. */
const chunkBytesMax = 64 * 1024;

const preamble = Buffer.from(`${encodeRetry(retryMs)}${encodeComment('what changes is told from now on')}\n`);
const stillHere = Buffer.from(`${encodeComment('still here')}\n`);
const done: IteratorResult<Uint8Array> = { value: undefined, done: true };

/** The parts of a subscription. */
export interface SubscriptionParts {
  readonly filter: Filter;
  /** The address of the subscriber. */
  readonly address: string;
  /** Changes that are sent before all others: the state at the beginning. */
  readonly first: readonly Change[];
  readonly bookmark: Bookmark;
  /** Called once: the subscriber left, or has been sent everything after `end`. */
  readonly onOver: (subscription: Subscription) => void;
}

/** The chunks for one subscriber. */
export class Subscription implements AsyncIterator<Uint8Array> {
  readonly filter: Filter;
  readonly address: string;
  readonly #first: Change[];
  readonly #bookmark: Bookmark;
  readonly #onOver: (subscription: Subscription) => void;
  #begun = false;
  #phase: 'open' | 'ending' | 'over' = 'open';
  #waiting: ((result: IteratorResult<Uint8Array>) => void) | undefined;
  /** Milliseconds since a tick last found something to send, or sent. */
  #silentMs = 0;

  constructor({ filter, address, first, bookmark, onOver }: SubscriptionParts) {
    this.filter = filter;
    this.address = address;
    this.#first = [...first];
    this.#bookmark = bookmark;
    this.#onOver = onOver;
  }

  /** The next chunk; settles when there is one. */
  next(): Promise<IteratorResult<Uint8Array>> {
    const result = this.#result();
    return result === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(result);
  }

  /** Ends the stream at once, even while a chunk is awaited: the subscriber has left. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#over();
    this.#settle(done);
    return Promise.resolve(done);
  }

  /** Sends the changes that there are, or a comment after a long silence. `ms` have passed since the last tick. */
  tick(ms: number): void {
    const result = this.#waiting && this.#result();
    const idle = this.#waiting !== undefined && result === undefined;
    this.#silentMs = idle ? this.#silentMs + ms : 0;
    if (idle && this.#silentMs < silenceMs) return;
    this.#silentMs = 0;
    this.#settle(result ?? { value: stillHere, done: false });
  }

  /** Ends the stream after the changes that have not been taken yet. */
  end(): void {
    if (this.#phase === 'open') this.#phase = 'ending';
    const result = this.#waiting && this.#result();
    if (result !== undefined) this.#settle(result);
  }

  /** The next chunk, or the end; undefined when there is nothing to send now. */
  #result(): IteratorResult<Uint8Array> | undefined {
    if (this.#phase === 'over') return done;
    const value = this.#gather();
    if (value !== undefined) return { value, done: false };
    if (this.#phase === 'open') return undefined;
    this.#over();
    return done;
  }

  #gather(): Uint8Array | undefined {
    const parts: Uint8Array[] = this.#begun ? [] : [preamble];
    this.#begun = true;
    for (let bytes = 0; bytes < chunkBytesMax; bytes += parts.at(-1)?.length ?? 0) {
      const change = this.#nextChange();
      if (change === undefined) break;
      parts.push(this.filter.stranger === true ? change.strangersBytes : change.bytes);
    }
    return parts.length > 1 ? Buffer.concat(parts) : parts[0];
  }

  #nextChange(): Change | undefined {
    const first = this.#first.shift();
    if (first !== undefined) return first;
    for (let change = this.#bookmark.next(); change !== undefined; change = this.#bookmark.next()) {
      if (this.#wants(change)) return change;
    }
    return undefined;
  }

  /** Whether the filter lets the change pass: changes of peers and of the directory also pass a filter for one file. */
  #wants({ topic, file }: Change): boolean {
    const { topics, file: wanted } = this.filter;
    return topics.has(topic) && (wanted === undefined || file === wanted || topic === 'peers' || topic === 'directory');
  }

  #settle(result: IteratorResult<Uint8Array>): void {
    this.#waiting?.(result);
    this.#waiting = undefined;
  }

  #over(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#bookmark.remove();
    this.#onOver(this);
  }
}
