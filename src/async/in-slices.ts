/** Long computations in slices, between which the event loop does other work. */
import { type Clock, systemClock } from './clock.ts';

/** The length of a slice: others wait for one, or for a few when several computations are under way. */
const sliceMs = 10;

/** The result of `steps`, each of which must be short: other work is done after every `sliceMs`. */
export async function inSlices<Result>(
  steps: Generator<unknown, Result>,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<Result> {
  let sinceMs = clock.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (clock.now() - sinceMs < sliceMs) continue;
    await new Promise(setImmediate);
    sinceMs = clock.now();
  }
}
