/**
 * One subscriber's stream: what it is to be told, as one chunk, whenever the socket has taken the chunk before. A slow
 * socket finds the present state of what has changed meanwhile, not everything that it was in between.
 */
import { encodeComment, encodeRetry } from '../../protocols/http/content/event-stream.ts';
import type { Change, Topic } from './change.ts';
import type { Bookmark } from './change-log.ts';

/** What somebody wants to be told. */
export interface Wish {
  readonly topics: ReadonlySet<Topic>;
  /** The id of the only file of interest; undefined for all. */
  readonly file: string | undefined;
}

/** Browsers wait so long before they connect again; left to themselves, most take three seconds. */
const retryMs = 1000;
/** Without a byte for so long something is sent, so that a connection that is dead is noticed. */
const silenceMs = 15_000;
/** What is left after that many waits for the socket, and can be replaced by something newer meanwhile. */
const chunkBytesMax = 64 * 1024;

const preamble = Buffer.from(`${encodeRetry(retryMs)}${encodeComment('what changes is told from now on')}\n`);
const stillHere = Buffer.from(`${encodeComment('still here')}\n`);
const done: IteratorResult<Uint8Array> = { value: undefined, done: true };

export interface SubscriptionParts {
  readonly wish: Wish;
  /** What it is told before anything that changes. */
  readonly first: readonly Change[];
  readonly bookmark: Bookmark;
  readonly nowMs: number;
  /** It is over: the subscriber left, or has been told everything after `end`. */
  readonly onOver: (subscription: Subscription) => void;
}

export class Subscription implements AsyncIterator<Uint8Array> {
  readonly wish: Wish;
  readonly #first: Change[];
  readonly #bookmark: Bookmark;
  readonly #onOver: (subscription: Subscription) => void;
  #begun = false;
  #phase: 'open' | 'ending' | 'over' = 'open';
  #waiting: ((result: IteratorResult<Uint8Array>) => void) | undefined;
  /** When it was last seen that the socket had something to send. */
  #busyMs: number;

  constructor({ wish, first, bookmark, nowMs, onOver }: SubscriptionParts) {
    this.wish = wish;
    this.#first = [...first];
    this.#bookmark = bookmark;
    this.#busyMs = nowMs;
    this.#onOver = onOver;
  }

  /** The next chunk; settles when there is one. */
  next(): Promise<IteratorResult<Uint8Array>> {
    const result = this.#result();
    return result === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(result);
  }

  /** The subscriber has left: whoever waits for a chunk is told at once. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#over();
    this.#settle(done);
    return Promise.resolve(done);
  }

  /** There may be something to be told now; or it has been silent for too long. */
  wake(nowMs: number): void {
    const result = this.#waiting && this.#result();
    const idle = this.#waiting !== undefined && result === undefined;
    if (idle && nowMs < this.#busyMs + silenceMs) return;
    this.#busyMs = nowMs;
    this.#settle(result ?? { value: stillHere, done: false });
  }

  /** Nothing more will come: what has not been taken yet is the last. */
  end(): void {
    if (this.#phase === 'open') this.#phase = 'ending';
    const result = this.#waiting && this.#result();
    if (result !== undefined) this.#settle(result);
  }

  /** Undefined when there is nothing to be told now. */
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
      parts.push(change.bytes);
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

  /** What is about no single file is told to those who watch one as well. */
  #wants({ topic, file }: Change): boolean {
    const { topics, file: wanted } = this.wish;
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
