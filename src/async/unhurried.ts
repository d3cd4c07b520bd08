/** Long walks through the catalog, in the background: ten thousand files must not hold everybody else up. */

/** So many items are handed out before others have their turn. */
const itemsAtOnce = 100;

/** The items there are now, one after the other. */
export async function* unhurried<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  for (const [index, item] of [...items].entries()) {
    if (index % itemsAtOnce === itemsAtOnce - 1) await new Promise(setImmediate);
    yield item;
  }
}
