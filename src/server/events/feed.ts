/**
 * Tells subscribers what changes. Ten times a second, while there are any, it asks the sources of what they watch; in
 * between it does nothing, and without subscribers it is not there.
 *
 *     const feed = new Feed({ sources, log });
 *     for await (const chunk of feed.stream({ topics: new Set(['peers']), file: undefined })) ...
 */
import type { Log } from '../../io/log.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { Change, Source, Topic } from './change.ts';
import { ChangeLog } from './change-log.ts';
import { Subscription, type Wish } from './subscription.ts';

/**
 * A page takes one, and a browser no more than six of one server (HTTP/1.1), so these are forty people with every tab
 * open. Each costs a connection, and its share of a tick when much changes at once.
 */
export const subscribersMax = 256;

/** A person sees no difference to at once; and what changes a thousand times meanwhile is told once. */
const tickMs = 100;

export interface FeedContext {
  readonly sources: readonly Source[];
  /** Called when somebody subscribes, before what is told from then on is compared with what is there. */
  readonly onSubscribe?: () => void;
  readonly log: Log;
  /** Milliseconds that only rise. */
  readonly now?: () => number;
  /** Calls `tick` every `ms`, until what it answers is called. */
  readonly every?: (ms: number, tick: () => void) => () => void;
}

export class Feed {
  readonly #context: Required<FeedContext>;
  readonly #changes = new ChangeLog();
  readonly #subscriptions = new Set<Subscription>();
  /** How many watch each topic that anybody watches. */
  readonly #watchers = new Map<Topic, number>();
  #stopTicking: (() => void) | undefined;
  #closed = false;

  constructor(context: FeedContext) {
    this.#context = { now: () => performance.now(), every: byTimer, onSubscribe() {}, ...context };
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** Subscribes when its first chunk is asked for, which fails with HttpError 503 when there are too many. */
  stream(wish: Wish): AsyncIterable<Uint8Array> {
    let subscription: Subscription | undefined;
    const iterator: AsyncIterator<Uint8Array> = {
      next: async () => {
        subscription ??= this.#subscribe(wish);
        return subscription.next();
      },
      // At once, even while a chunk is awaited: a generator would hear of it with the next chunk only.
      return: async () => subscription?.return() ?? { value: undefined, done: true },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  /** Ends all streams, those that are asked for later as soon as they have begun. */
  close(): void {
    this.#tick();
    this.#closed = true;
    this.#endAll();
  }

  #subscribe(wish: Wish): Subscription {
    if (this.#subscriptions.size >= subscribersMax) throw tooMany();
    const { onSubscribe, now, every } = this.#context;
    onSubscribe();
    this.#tick(); // what has changed so far is not for the newcomer
    const sources = this.#watch(wish);
    const subscription = new Subscription({
      wish,
      first: sources.flatMap((source): Change[] => [...(source.present?.(wish.file) ?? [])]),
      bookmark: this.#changes.bookmark(),
      nowMs: now(),
      onOver: (over) => this.#forget(over),
    });
    this.#subscriptions.add(subscription);
    if (this.#closed) this.#endAll();
    else this.#stopTicking ??= every(tickMs, () => this.#tick());
    return subscription;
  }

  /** The sources of what is wished for; those that nobody watched begin now. */
  #watch({ topics }: Wish): Source[] {
    const sources = this.#context.sources.filter(({ topic }) => topics.has(topic));
    for (const source of sources) {
      const watchers = this.#watchers.get(source.topic) ?? 0;
      if (watchers === 0) source.begin();
      this.#watchers.set(source.topic, watchers + 1);
    }
    return sources;
  }

  #forget(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    for (const source of this.#context.sources) if (subscription.wish.topics.has(source.topic)) this.#unwatch(source);
    if (this.#subscriptions.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #unwatch(source: Source): void {
    const watchers = (this.#watchers.get(source.topic) ?? 0) - 1;
    if (watchers > 0) {
      this.#watchers.set(source.topic, watchers);
    } else {
      this.#watchers.delete(source.topic);
      source.end();
    }
  }

  /** What fails in it is a fault of ours: nobody can rely any more on what was told, so all begin anew. */
  #tick(): void {
    try {
      this.#look(this.#context.now());
    } catch (error) {
      this.#context.log.error('http', 'what has changed cannot be told', {}, error);
      this.#endAll();
    }
  }

  #look(nowMs: number): void {
    for (const source of this.#context.sources) {
      if (!this.#watchers.has(source.topic)) continue;
      for (const change of source.changes(nowMs)) this.#changes.append(change);
    }
    for (const subscription of this.#subscriptions) subscription.wake(nowMs);
  }

  /** Whoever is slow may take what is there already; nothing is looked for any more. */
  #endAll(): void {
    for (const subscription of this.#subscriptions) {
      subscription.end();
      this.#forget(subscription);
    }
  }
}

function tooMany(): HttpError {
  const message = `${subscribersMax} listen to events already`;
  return new HttpError(503, 'too-many-subscribers', message, { headers: [['Retry-After', '5']] });
}

function byTimer(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  return () => clearInterval(timer);
}
