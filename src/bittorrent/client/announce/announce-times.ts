/**
 * When a torrent is to be announced again: after the interval that its tracker asks for (BEP 3, "trackers"), or, when
 * none answers, after a back-off. All times are milliseconds on a clock that is never set back. Pure.
 */
import { Backoff } from '../../../async/backoff.ts';
import type { TrackerPeers } from '../../../protocols/tracker/types.ts';

export const announceTimeLimits = {
  /** Seconds between two announces where the tracker does not say. */
  intervalDefault: 1800,
  /** The shortest interval that is followed, in seconds. */
  intervalMin: 60,
  /** The longest interval that is followed, in seconds: a day. */
  intervalMax: 86_400,
  /** Seconds that lie between two announces even though peers are wanted, where the tracker does not say. */
  minIntervalDefault: 60,
  /** The pause after the first round in which no tracker answered; doubled after each round that follows. */
  backoffMs: 5_000,
  /** The longest pause: half an hour. */
  backoffMsMax: 1_800_000,
} as const;

export class AnnounceTimes {
  readonly #random: () => number;
  readonly #pauses = new Backoff({
    firstMs: announceTimeLimits.backoffMs,
    lastMs: announceTimeLimits.backoffMsMax,
  });
  #wantedFromMs = Number.POSITIVE_INFINITY;

  /** `random`: from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The time from which an announce may be made though it is not due; `Infinity` while no tracker answers. */
  get wantedFromMs(): number {
    return this.#wantedFromMs;
  }

  /** A tracker answered. Returns the time at which the next announce is due. */
  answered({ interval, minInterval }: Pick<TrackerPeers, 'interval' | 'minInterval'>, nowMs: number): number {
    const { intervalDefault, intervalMin, intervalMax, minIntervalDefault } = announceTimeLimits;
    const seconds = clamp(interval ?? intervalDefault, intervalMin, intervalMax);
    this.#pauses.reset();
    this.#wantedFromMs = nowMs + clamp(minInterval ?? minIntervalDefault, intervalMin, seconds) * 1000;
    return nowMs + seconds * 1000;
  }

  /** No tracker answered, and none may be asked before `heldOffUntilMs` (BEP 31). Returns the time of the next try. */
  failed(nowMs: number, heldOffUntilMs: number): number {
    this.#wantedFromMs = Number.POSITIVE_INFINITY;
    // A quarter more or less: clients that a tracker lost at the same time should not come back at the same time.
    return Math.max(nowMs + this.#pauses.next() * (0.75 + this.#random() / 2), heldOffUntilMs);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
