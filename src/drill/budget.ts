/**
 * The time that all drills of one run share. Each gets an equal share of what is left at its turn: if that is less than
 * it needs, it makes as few repetitions as show anything; when the time is over, what is under way is given up and the
 * rest is not begun. Pure: it is told the time.
 */
import type { Drill, DrillContext } from './drill.ts';

const minuteMs = 60_000;
/** The soak when nothing bounds the run, in minutes. */
export const soakMinutes = 5;
/** The part of its share that a soak does not last: its processes start and are judged, and the control follows. */
const soakReserveMs = 30_000;
/** The time that a drill needs for all its repetitions when it does not say, in minutes. */
const fullMinutesDefault = 3;

/** The time is over; what was not done by then is not done. */
export class TimeIsUp extends Error {}

/** The bounds of one drill. */
export type Share = Pick<DrillContext, 'scale' | 'minutes'>;

/** The shares of drills. All times are in milliseconds, from any origin. */
export class Budget {
  /** The length of the run in minutes; undefined when nothing bounds it. */
  readonly minutes: number | undefined;
  readonly #scale: DrillContext['scale'];
  readonly #endMs: number;

  /** A run of `minutes` that begins now; `scale` is the largest that a drill may have. */
  constructor(minutes: number | undefined, scale: DrillContext['scale'], nowMs: number) {
    this.minutes = minutes;
    this.#scale = scale;
    this.#endMs = minutes === undefined ? Number.POSITIVE_INFINITY : nowMs + minutes * minuteMs;
  }

  /** The reason for which drills are given up. */
  get timeIsUp(): TimeIsUp {
    const unit = this.minutes === 1 ? 'minute was' : 'minutes were';
    return new TimeIsUp(`the ${this.minutes} ${unit} over (--minutes)`);
  }

  /** The share of `drill`, when `left` drills are still to be done with it; undefined when no time is left. */
  share(
    { fullMinutes = fullMinutesDefault }: Pick<Drill, 'fullMinutes'>,
    left: number,
    nowMs: number,
  ): Share | undefined {
    if (this.minutes === undefined) return { scale: this.#scale, minutes: soakMinutes };
    const shareMs = (this.#endMs - nowMs) / left;
    if (shareMs <= 0) return undefined;
    const scale = shareMs < fullMinutes * minuteMs ? 'test' : this.#scale;
    // A short run leaves its soak a third at least, or it would show nothing.
    const soakMs = Math.max(shareMs / 3, shareMs - soakReserveMs);
    return { scale, minutes: Math.floor((soakMs / minuteMs) * 100) / 100 };
  }
}
