/**
 * The peers that are down, and which of them may still be expected back. Pure: it is told who comes and goes, and knows
 * nothing of sessions or pieces.
 *
 * A peer that restarts is back in a second; copying all that it has would be a waste. So a peer has a grace period
 * after it went: it is down within it, and out after it. A peer that has not been heard since the server started has
 * the same grace period, but what it has is not known.
 *
 *     downPeers.left(p1)      down: p1
 *     downPeers.tick()        []             after the grace period: [p1], once; down: nobody
 *     downPeers.returned(p1)                 all is well
 */
import type { Clock } from '../../async/clock.ts';
import type { PeerId } from '../../bytes/ids.ts';

/** The peers that are down within their grace period. */
export interface DownWithinGrace {
  /** Peers whose copies still count: they will be back. */
  readonly peers: ReadonlySet<PeerId>;
  /** Whether what some of them have is not known. */
  readonly unheard: boolean;
}

/** No peer: for those who count only what is online. */
export const nobodyDown: DownWithinGrace = { peers: new Set(), unheard: false };

interface Absence {
  readonly sinceMs: number;
  readonly heard: boolean;
  out: boolean;
}

/** The peers that are down or out. */
export class DownPeers {
  readonly #graceMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #absences = new Map<PeerId, Absence>();

  constructor(graceMs: number, clock: Pick<Clock, 'now'>) {
    this.#graceMs = graceMs;
    this.#clock = clock;
  }

  /** Notes a peer that should be there, and has not been heard yet. */
  expected(id: PeerId): void {
    this.#absences.set(id, { sinceMs: this.#clock.now(), heard: false, out: false });
  }

  left(id: PeerId): void {
    this.#absences.set(id, { sinceMs: this.#clock.now(), heard: true, out: false });
  }

  returned(id: PeerId): void {
    this.#absences.delete(id);
  }

  /** Notes that nobody waits for the peer any more. */
  forget(id: PeerId): void {
    this.#absences.delete(id);
  }

  get down(): DownWithinGrace {
    const waitedFor = [...this.#absences].filter(([, { out }]) => !out);
    return { peers: new Set(waitedFor.map(([id]) => id)), unheard: waitedFor.some(([, { heard }]) => !heard) };
  }

  /** The peers that are out from now on. Called every second or so. */
  tick(): PeerId[] {
    const now = this.#clock.now();
    const due = [...this.#absences].filter(([, { out, sinceMs }]) => !out && now - sinceMs >= this.#graceMs);
    for (const [, absence] of due) absence.out = true;
    return due.map(([id]) => id);
  }
}
