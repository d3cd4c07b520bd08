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

/** Browsers wait so long before they connect again; most take three seconds if nobody says anything. */
const retryMs = 1000;
/** Without a byte for so long something is sent, so that a connection that is dead is noticed. */
const silenceMs = 15_000;
/** What waits longer than this can still be replaced by something newer. */
const chunkBytesMax = 64 * 1024;

const preamble = Buffer.from(`${encodeRetry(retryMs)}${encodeComment('what changes is told from now on')}\n`);
const stillHere = Buffer.from(`${encodeComment('still here')}\n`);

export interface SubscriptionParts {
  readonly wish: Wish;
  readonly bookmark: Bookmark;
  /** What it is told before anything that changes. */
  readonly first: readonly Change[];
  readonly nowMs: number;
  /** Called once, when it is over. */
  readonly onOver: (subscription: Subscription) => void;
}

export class Subscription implements AsyncIterator<Uint8Array> {
  readonly wish: Wish;
  readonly #bookmark: Bookmark;
  readonly #onOver: (subscription: Subscription) => void;
  #preamble: Uint8Array | undefined;
  #sentMs: number;
  #waiting: ((result: IteratorResult<Uint8Array>) => void) | undefined;
  #phase: 'open' | 'ending' | 'over' = 'open';

  constructor({ wish, bookmark, first, nowMs, onOver }: SubscriptionParts) {
    this.wish = wish;
    this.#bookmark = bookmark;
    this.#preamble = Buffer.concat([preamble, ...first.map(({ bytes }) => bytes)]);
    this.#sentMs = nowMs;
    this.#onOver = onOver;
  }

  /** The next chunk. Settles when there is one. */
  next(): Promise<IteratorResult<Uint8Array>> {
    const result = this.#result();
    return result === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(result);
  }

  /** The subscriber has left. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#over();
    this.#settle(done);
    return Promise.resolve(done);
  }

  /** There may be something new; or it has been silent for too long. */
  wake(nowMs: number): void {
    if (this.#waiting === undefined) this.#sentMs = nowMs; // the socket is still at what it was given
    const result = this.#waiting && this.#result();
    if (result !== undefined) this.#settle(result, nowMs);
    else if (nowMs >= this.#sentMs + silenceMs) this.#settle({ value: stillHere, done: false }, nowMs);
  }

  /** No more will come: what it has not taken yet is the last. */
  end(): void {
    if (this.#phase === 'open') this.#phase = 'ending';
    const result = this.#waiting && this.#result();
    if (result !== undefined) this.#settle(result);
  }

  /** Undefined when there is nothing to be told now. */
  #result(): IteratorResult<Uint8Array> | undefined {
    if (this.#phase === 'over') return done;
    const chunk = this.#preamble ?? this.#gather();
    this.#preamble = undefined;
    if (chunk !== undefined) return { value: chunk, done: false };
    if (this.#phase === 'open') return undefined;
    this.#over();
    return done;
  }

  #gather(): Uint8Array | undefined {
    const { topics, file } = this.wish;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < chunkBytesMax) {
      const change = this.#bookmark.next();
      if (change === undefined) break;
      if (!topics.has(change.topic) || (file !== undefined && change.file !== null && change.file !== file)) continue;
      parts.push(change.bytes);
      bytes += change.bytes.length;
    }
    return parts.length > 1 ? Buffer.concat(parts) : parts[0];
  }

  #settle(result: IteratorResult<Uint8Array>, nowMs = this.#sentMs): void {
    this.#sentMs = nowMs;
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

const done: IteratorResult<Uint8Array> = { value: undefined, done: true };
