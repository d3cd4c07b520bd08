/**
 * Which peers are away, and whether they may still be expected back. It is told who comes and goes, and knows nothing
 * of sessions or pieces.
 *
 * A peer that restarts is back in a second; copying all that it has would be a waste. So for `delayMs` after it went it
 * counts as down, then as missed. One that has not been heard since the server started is down too, but what
 * it has is not known.
 *
 *     downPeers.left(p1)      down: p1
 *     downPeers.tick()        []             delayMs later: [p1], once; down: nobody
 *     downPeers.returned(p1)                 all is well
 */
import type { PeerId } from '../../bytes/ids.ts';

/** Those that are away for less than the delay. */
export interface DownWithinGrace {
  /** What these have still counts: it will be back. */
  readonly peers: ReadonlySet<PeerId>;
  /** Whether what some of them have is not known. */
  readonly unheard: boolean;
}

/** For those who count only what is online. */
export const nobodyDown: DownWithinGrace = { peers: new Set(), unheard: false };

interface Absence {
  readonly sinceMs: number;
  readonly heard: boolean;
  missed: boolean;
}

export class DownPeers {
  readonly #delayMs: number;
  readonly #now: () => number;
  readonly #downPeers = new Map<PeerId, Absence>();

  /** `now` in milliseconds, from any origin. */
  constructor(delayMs: number, now: () => number) {
    this.#delayMs = delayMs;
    this.#now = now;
  }

  /** A peer that should be there, and has not been heard yet. */
  expected(id: PeerId): void {
    this.#downPeers.set(id, { sinceMs: this.#now(), heard: false, missed: false });
  }

  left(id: PeerId): void {
    this.#downPeers.set(id, { sinceMs: this.#now(), heard: true, missed: false });
  }

  returned(id: PeerId): void {
    this.#downPeers.delete(id);
  }

  get down(): DownWithinGrace {
    const waitedFor = [...this.#downPeers].filter(([, { missed }]) => !missed);
    return { peers: new Set(waitedFor.map(([id]) => id)), unheard: waitedFor.some(([, { heard }]) => !heard) };
  }

  /** Those that are missed from now on. To be called every second or so. */
  tick(): PeerId[] {
    const now = this.#now();
    const due = [...this.#downPeers].filter(([, { missed, sinceMs }]) => !missed && now - sinceMs >= this.#delayMs);
    for (const [, absence] of due) absence.missed = true;
    return due.map(([id]) => id);
  }
}
