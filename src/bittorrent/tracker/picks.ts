/** Draws the peers of a sample: quickly, and well enough for that; nothing secret depends on it. Pure. */
import { trackerLimits } from '../../protocols/tracker/types.ts';

export class Picks {
  readonly #picks = new Int32Array(trackerLimits.wantedMax);
  #state: number;

  /** `random` gives numbers from 0 up to 1; it is only asked once. */
  constructor(random: () => number) {
    this.#state = (Math.floor(random() * 0xffff_ffff) + 1) | 0;
  }

  /**
   * `count` different numbers below `candidates`, each as likely as any other: one out of each of `count` equal parts,
   * counted from a random beginning. They are at the beginning of the array, and good until the next call.
   */
  draw(count: number, candidates: number): Int32Array {
    const picks = this.#picks;
    let state = this.#state;
    const start = (state >>> 1) % candidates;
    let low = 0;
    for (let part = 0; part < count; part += 1) {
      state = next(state);
      const high = Math.floor(((part + 1) * candidates) / count);
      const pick = start + low + ((state >>> 1) % (high - low));
      picks[part] = pick < candidates ? pick : pick - candidates;
      low = high;
    }
    this.#state = next(state);
    return picks;
  }
}

/** xorshift32 (Marsaglia, 2003). */
function next(before: number): number {
  let state = before;
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state;
}
