/**
 * What a drill is: a fault done to the real thing on purpose, the checks of what must hold nevertheless, and a control
 * that shows that those checks can fail. Knows no fault: each is a file of its own, and `drills.ts` lists them.
 *
 *     export const bitRot: Drill = {
 *       id: 'K3',
 *       fault: 'one random bit flipped in each of 1,000 stored pieces',
 *       mustShow: '0 wrong bytes sent; ...',
 *       run: (context) => ...,
 *       control: (context) => ...,
 *     };
 */

export interface DrillContext {
  /** A folder for scratch: empty, removed afterwards. */
  readonly directory: string;
  /** From 0 to just below 1; the seed repeats the sequence. */
  readonly random: () => number;
  /** Tells the person who waits how far it is. */
  readonly say: (line: string) => void;
  /** Aborted when nobody wants the result any more; whatever the drill started must then end. */
  readonly signal: AbortSignal;
  /** `full`: the numbers that the drill promises; `test`: as few as show the same in seconds. */
  readonly scale: 'full' | 'test';
  /** How long a soak lasts. */
  readonly minutes: number;
}

export interface DrillReport {
  /** What was done and measured, by name: `{ kills: 200, 'restart max, ms': 310 }`. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** What did not hold, a sentence each; empty when everything did. */
  readonly failures: readonly string[];
  /** Why it could not be done at all on this machine. That is no success. */
  readonly skipped?: string;
}

export interface Drill {
  /** `K1`. */
  readonly id: string;
  readonly fault: string;
  readonly mustShow: string;
  run(context: DrillContext): Promise<DrillReport>;
  /** The same checks with the protection broken on purpose: must come back with failures. */
  control(context: DrillContext): Promise<DrillReport>;
}
