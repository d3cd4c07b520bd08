/**
 * Tells subscribers of changes. Ten times a second the feed asks the sources of the topics that somebody watches;
 * without subscribers it has no timer.
 *
 *     const feed = new Feed({ sources, log });
 *     for await (const chunk of feed.stream({ topics, file: undefined }, '192.0.2.1')) ...
 */
import { type Clock, systemClock } from '../../async/clock.ts';
import type { Log } from '../../io/log.ts';
import type { Change, Source, Topic } from './change.ts';
import { ChangeLog } from './change-log.ts';
import { Subscribers } from './subscribers.ts';
import { type Filter, Subscription } from './subscription.ts';

/** The time between two looks for changes. To a person it is at once; a thousand changes of one thing become one. */
const tickMs = 100;

/** The collaborators of a feed. */
export interface FeedContext {
  readonly sources: readonly Source[];
  readonly log: Log;
  readonly clock?: Pick<Clock, 'now' | 'every'>;
}

/** The subscribers of `GET /events`, and the changes that they have still to be sent. */
export class Feed {
  readonly #context: Required<FeedContext>;
  readonly #changes = new ChangeLog();
  readonly #subscriptions = new Subscribers<Subscription>();
  /** The number of subscribers of each topic that has any. */
  readonly #watchers = new Map<Topic, number>();
  #stopTicking: (() => void) | undefined;
  /** The time of the last tick. */
  #tickedMs: number;
  #closed = false;

  constructor(context: FeedContext) {
    this.#context = { clock: systemClock, ...context };
    this.#tickedMs = this.#context.clock.now();
  }

  /** The number of subscribers. */
  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /**
   * The events that pass `filter`, for a client at `address`. Subscribes at the first `next`, which fails with HttpError
   * 503 when there is no place.
   */
  stream(filter: Filter, address: string): AsyncIterable<Uint8Array> {
    let subscription: Subscription | undefined;
    const iterator: AsyncIterator<Uint8Array> = {
      next: async () => {
        subscription ??= this.#subscribe(filter, address);
        return subscription.next();
      },
      // At once, even while a chunk is awaited: a generator would hear of it with the next chunk only.
      return: async () => subscription?.return() ?? { value: undefined, done: true },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  /** Ends all streams; a stream that is asked for later ends as soon as it has begun. */
  close(): void {
    this.#tick();
    this.#closed = true;
    this.#endAll();
  }

  #subscribe(filter: Filter, address: string): Subscription {
    // At once: what it has not taken yet may wait for a socket that takes nothing.
    void this.#subscriptions.inTheWayOf(address)?.return();
    const { clock } = this.#context;
    this.#tick(); // what has changed so far is not for the newcomer
    const sources = this.#watch(filter);
    const subscription = new Subscription({
      filter,
      address,
      first: sources.flatMap((source): Change[] => [...(source.present?.(filter.file) ?? [])]),
      bookmark: this.#changes.bookmark(),
      onOver: (over) => this.#forget(over),
    });
    this.#subscriptions.add(subscription);
    if (this.#closed) this.#endAll();
    else this.#stopTicking ??= clock.every(tickMs, () => this.#tick());
    return subscription;
  }

  /** The sources of the filter's topics; sources that had no subscriber begin now. */
  #watch({ topics }: Filter): Source[] {
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
    const { topics } = subscription.filter;
    for (const source of this.#context.sources) if (topics.has(source.topic)) this.#unwatch(source);
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

  /** Looks for changes. A failure is a fault of ours: no subscriber can rely on what was told, so all streams end. */
  #tick(): void {
    try {
      this.#look(this.#context.clock.now());
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
    for (const subscription of this.#subscriptions) subscription.tick(nowMs - this.#tickedMs);
    this.#tickedMs = nowMs;
  }

  /** Ends all streams: a slow subscriber still gets what was found before. */
  #endAll(): void {
    for (const subscription of this.#subscriptions) {
      subscription.end();
      this.#forget(subscription);
    }
  }
}
