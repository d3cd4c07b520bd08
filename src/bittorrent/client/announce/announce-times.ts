/**
 * When a torrent is to be announced again: as its tracker asks (BEP 3), or, when none answers, ever more seldom. It
 * knows neither trackers nor timers. Milliseconds, on a clock that is never set back.
 */
import type { TrackerPeers } from '../../../protocols/tracker/types.ts';

export const announceTimeLimits = {
  /** Seconds between two announces where the tracker does not say, and the least and most that it may say. */
  intervalDefault: 1800,
  intervalMin: 60,
  intervalMax: 86_400,
  /** Seconds before which nobody announces, though peers are wanted, where the tracker does not say. */
  minIntervalDefault: 60,
  /** After the first round in which no tracker answered; doubled at each other, up to the last. */
  backoffMs: 5_000,
  backoffMsMax: 1_800_000,
} as const;

export class AnnounceTimes {
  readonly #random: () => number;
  #failures = 0;
  #wantedFromMs = Number.POSITIVE_INFINITY;

  /** `random`: from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** From when on an announce may be made though it is not due; `Infinity` while no tracker answers. */
  get wantedFromMs(): number {
    return this.#wantedFromMs;
  }

  /** A tracker answered. When the next announce is due. */
  answered({ interval, minInterval }: Pick<TrackerPeers, 'interval' | 'minInterval'>, nowMs: number): number {
    const { intervalDefault, intervalMin, intervalMax, minIntervalDefault } = announceTimeLimits;
    const seconds = clamp(interval ?? intervalDefault, intervalMin, intervalMax);
    this.#failures = 0;
    this.#wantedFromMs = nowMs + clamp(minInterval ?? minIntervalDefault, intervalMin, seconds) * 1000;
    return nowMs + seconds * 1000;
  }

  /** No tracker answered, and none may be asked before `heldOffUntilMs` (BEP 31). When the next try is due. */
  failed(nowMs: number, heldOffUntilMs: number): number {
    const { backoffMs, backoffMsMax } = announceTimeLimits;
    const waitMs = Math.min(backoffMs * 2 ** this.#failures, backoffMsMax);
    this.#failures += 1;
    this.#wantedFromMs = Number.POSITIVE_INFINITY;
    // A quarter more or less: those whom a tracker lost at once should not come back at once.
    return Math.max(nowMs + waitMs * (0.75 + this.#random() / 2), heldOffUntilMs);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
