/** Random orders, from a source of random numbers that is passed in. */

/** `items` in an order of which every one is as likely as any other (Fisher and Yates). `random`: from 0 to below 1. */
export function shuffled<Item>(items: Iterable<Item>, random: () => number): Item[] {
  const row = [...items];
  for (const [index, item] of row.entries()) {
    const other = index + Math.floor(random() * (row.length - index));
    row[index] = row[other] as Item;
    row[other] = item;
  }
  return row;
}
