/**
 * A queue between those who make items and the one who takes them. Who makes more than is taken is made to wait.
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

  /** Holds `roomMax` items; those beyond it are taken in as well, but their makers wait. */
  constructor(roomMax: number) {
    this.#roomMax = roomMax;
  }

  /** Whether everything that was sent has been taken. */
  get empty(): boolean {
    return this.#items.length === 0;
  }

  /** Settles when there is room for another. What comes after the end is dropped. */
  async send(item: Item): Promise<void> {
    if (this.#ended) return;
    this.#items.push(item);
    this.#onItem();
    if (this.#items.length > this.#roomMax) await new Promise<void>((resolve) => this.#makers.push(resolve));
  }

  /** No more will come; after what is there the items end, or fail with `failure`. Nobody is made to wait any more. */
  end(failure?: { readonly error: unknown }): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#onItem();
    for (const resume of this.#makers.splice(0)) resume();
  }

  /** The items as they come. To be called once. */
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
