/**
 * A queue between senders of items and the one who takes them. A sender waits while too many items have not been taken.
 *
 *     await channel.send(finding);              for await (const finding of channel.items()) ...
 *     channel.end();
 */
export class Channel<Item> {
  readonly #roomMax: number;
  readonly #items: Item[] = [];
  readonly #makers: (() => void)[] = [];
  #onItem: () => void = () => {};
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** Holds `roomMax` items; those beyond that are taken in as well, but their senders wait. */
  constructor(roomMax: number) {
    this.#roomMax = roomMax;
  }

  /** Whether everything that was sent has been taken. */
  get empty(): boolean {
    return this.#items.length === 0;
  }

  /** Settles when there is room for another item. An item that comes after the end is dropped. */
  async send(item: Item): Promise<void> {
    if (this.#ended) return;
    this.#items.push(item);
    this.#onItem();
    if (this.#items.length > this.#roomMax) await new Promise<void>((resolve) => this.#makers.push(resolve));
  }

  /** Ends the queue: the items end after those that are there, or fail with `failure`. No sender waits any more. */
  end(failure?: { readonly error: unknown }): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#onItem();
    for (const resume of this.#makers.splice(0)) resume();
  }

  /** The items as they come. Called once. */
  async *items(): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const [item] = this.#items.splice(0, 1);
      if (item !== undefined) {
        this.#makers.shift()?.();
        yield item;
      } else if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#onItem = resolve));
      }
    }
  }
}
