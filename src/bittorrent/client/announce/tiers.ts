/**
 * Trackers in the order in which they are asked (BEP 12, "Order of Processing"): tier after tier, each shuffled once; a
 * tracker that answered is asked first in its tier from then on. Pure: it knows nothing of what a tracker is.
 *
 *     const tiers = new Tiers([['a', 'b'], ['c']], random);
 *     [...tiers]              a b c, or b a c
 *     tiers.promote('b')      from now on b a c
 */
import { shuffled } from '../../../bytes/shuffle.ts';

export class Tiers<Tracker> {
  readonly #tiers: readonly Tracker[][];

  /** `random`: from 0 to below 1. */
  constructor(tiers: readonly (readonly Tracker[])[], random: () => number) {
    this.#tiers = tiers.map((tier) => shuffled(tier, random));
  }

  /** The trackers in the order of now, whatever is promoted meanwhile. */
  [Symbol.iterator](): IterableIterator<Tracker> {
    return this.#tiers.flat().values();
  }

  /** Makes `tracker` the first of its tier. */
  promote(tracker: Tracker): void {
    const tier = this.#tiers.find((each) => each.includes(tracker));
    if (tier === undefined) return;
    tier.splice(tier.indexOf(tracker), 1);
    tier.unshift(tracker);
  }
}
