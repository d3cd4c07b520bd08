/**
 * Work in steps, as generators do it: between two steps the caller may do other work. Who has nothing else to do takes
 * all steps at once; `async/in-slices.ts` lets the event loop do other work.
 */

/** The result of `steps`, without a pause. */
export function atOnce<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
