/**
 * The scrub: in the background every holder re-reads and re-hashes all that it holds, once in a period, so that a bad
 * copy is found while there are still good ones. One piece at a time is verified, of all holders together, never faster
 * than a fixed rate. Each holder's round (`scrub-round.ts`) decides which piece is next, and when it is due.
 */

import { type Clock, delay } from '../../async/clock.ts';
import { Mutex } from '../../async/mutex.ts';
import type { RateLimit } from '../../async/rate-limit.ts';
import type { PeerId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { type CopyVerifier, endsSession, type VerifiedHolder } from './copy-verifier.ts';
import { type RoundRecord, ScrubRound } from './scrub-round.ts';
import type { ScrubState } from './scrub-state.ts';

/** The collaborators of the scrub, and its period. */
export interface ScrubberContext {
  readonly catalog: Pick<Catalog, 'entries' | 'get'>;
  readonly verifier: CopyVerifier;
  /** The holders that are online, the temp store among them. */
  readonly holders: () => readonly VerifiedHolder[];
  /** The time in which everything is verified once; 0 for never. */
  readonly periodMs: number;
  /** The upper bound on the bytes that are verified per second, even when the scrub is behind schedule. */
  readonly rate: RateLimit;
  readonly state: ScrubState;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
}

/** The longest wait: holders that come, or are lively again, are noticed within this time. */
const lookMs = 5_000;
/** The interval at which the progress is written: at most so much is done again after a crash. */
const saveMs = 60_000;

/** The scrub of all holders. */
export class Scrubber {
  readonly #context: ScrubberContext;
  readonly #rounds = new Map<PeerId, ScrubRound>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #unsaved = false;
  #savedMs = Number.NEGATIVE_INFINITY;
  /** The lock of the file: two writes at once would be in each other's way. */
  readonly #writes = new Mutex();

  private constructor(context: ScrubberContext, records: ReadonlyMap<PeerId, RoundRecord>) {
    this.#context = context;
    for (const [id, record] of records) this.#addRound(id, record);
  }

  /** Continues where the last run of the server left off. */
  static async open(context: ScrubberContext): Promise<Scrubber> {
    return new Scrubber(context, await context.state.read());
  }

  /** The end of the holder's last complete round, in milliseconds since 1970; null before. */
  verifiedMs(holder: PeerId): number | null {
    return this.#rounds.get(holder)?.record.verifiedMs ?? null;
  }

  /** Forgets the progress of a holder that is forgotten. */
  forget(holder: PeerId): void {
    this.#unsaved = this.#rounds.delete(holder) || this.#unsaved;
  }

  /** Ends a holder's round, since all that it has was just verified by somebody else, who began at `beganMs`. */
  async verifiedBySomebody(holder: PeerId, beganMs: number): Promise<void> {
    this.#round(holder).verifiedBySomebody(beganMs, this.#context.now());
    await this.#save();
  }

  /** Begins to work, in the background. */
  start(): void {
    if (this.#context.periodMs === 0) return;
    this.#running ??= this.#run().catch((error: unknown) => {
      // Its waits fail when it is stopped.
      if (!this.#stopping.signal.aborted) this.#context.log.error('swarm', 'the scrub has ended', {}, error);
    });
  }

  /** Begins no more verification. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Stops; settles when nothing is under way any more, and the progress is written. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
    if (this.#unsaved) void this.#save();
    await this.#writes.settled();
  }

  async #run(): Promise<void> {
    const { now, clock } = this.#context;
    while (!this.#stopping.signal.aborted) {
      const urgent = this.#mostUrgent();
      const idleMs = urgent === undefined ? lookMs : Math.min(urgent.round.dueMs - now(), lookMs);
      if (urgent === undefined || idleMs > 0) await delay(clock, idleMs, this.#stopping.signal);
      else await this.#step(urgent);
      if (this.#unsaved && now() - this.#savedMs >= saveMs) await this.#save();
    }
  }

  /** The holder whose piece is due first, of those that can be asked now. */
  #mostUrgent(): Turn | undefined {
    let first: Turn | undefined;
    for (const holder of this.#context.holders()) {
      if (holder.stalled === true) continue;
      const round = this.#round(holder.id);
      if (first === undefined || round.dueMs < first.round.dueMs) first = { round, holder };
    }
    return first;
  }

  /** Verifies one piece, and takes the time for it that the rate demands. */
  async #step({ round, holder }: Turn): Promise<void> {
    const { catalog, verifier, now, rate } = this.#context;
    const copy = round.next(catalog, now());
    this.#unsaved = true;
    if (copy === undefined) return;
    const fault = await verifier.verify(copy.entry, copy.pieceIndex, holder);
    if (fault !== undefined && endsSession(fault)) round.postpone(now(), lookMs);
    else round.verified(copy, now());
    await rate.spent(copy.size, this.#stopping.signal);
  }

  #round(holder: PeerId): ScrubRound {
    return this.#rounds.get(holder) ?? this.#addRound(holder);
  }

  #addRound(holder: PeerId, record?: RoundRecord): ScrubRound {
    const { periodMs, now } = this.#context;
    const round = new ScrubRound(holder, periodMs, now(), record);
    this.#rounds.set(holder, round);
    return round;
  }

  #save(): Promise<void> {
    this.#unsaved = false;
    this.#savedMs = this.#context.now();
    const records = [...this.#rounds].map(([id, { record }]) => [id, record] as const);
    return this.#writes.run(() => this.#context.state.write(records));
  }
}

/** A holder, and its round. */
interface Turn {
  readonly round: ScrubRound;
  readonly holder: VerifiedHolder;
}
