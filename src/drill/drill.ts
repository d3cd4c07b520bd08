/**
 * The form of a drill: a fault done to the real thing on purpose, the checks of what must hold nevertheless, and a
 * control that shows that those checks can fail. Knows no fault: each is a file of its own, and `drills.ts` lists them.
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
  /** Random numbers from 0 to just below 1; the seed repeats the sequence. */
  readonly random: () => number;
  /** Tells the person who waits how far it is. */
  readonly say: (line: string) => void;
  /** Aborted when nobody wants the result any more; whatever the drill started must then end. */
  readonly signal: AbortSignal;
  /** `full`: the numbers that the drill promises; `test`: as few as show the same in seconds. */
  readonly scale: 'full' | 'test';
  /** The length of a soak, in minutes. */
  readonly minutes: number;
}

export interface DrillReport {
  /** Figures of what was done and measured, by name: `{ kills: 200, 'restart max, ms': 310 }`. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** Failures, a sentence each; empty when everything held. */
  readonly failures: readonly string[];
  /** The reason why the drill could not be done at all on this machine, which is no success. */
  readonly skipped?: string;
}

export interface Drill {
  /** The name of the drill, such as `K1`. */
  readonly id: string;
  readonly fault: string;
  readonly mustShow: string;
  /** The time that all of it takes on two cores, in minutes; 0 for a drill that lasts as long as it is told. */
  readonly fullMinutes?: number;
  run(context: DrillContext): Promise<DrillReport>;
  /** Runs the drill's checks with the protection broken on purpose: must come back with failures. */
  control(context: DrillContext): Promise<DrillReport>;
}
