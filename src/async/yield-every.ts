/** Long walks in the background, such as one through the catalog, that let the event loop do other work meanwhile. */

/** Items that are handed out before the event loop does other work. */
const itemsAtOnce = 100;

/** Yields each item that is in `items` now; the event loop does other work after every `itemsAtOnce` of them. */
export async function* yieldEvery<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  for (const [index, item] of [...items].entries()) {
    if (index % itemsAtOnce === itemsAtOnce - 1) await new Promise(setImmediate);
    yield item;
  }
}
