/**
 * Keeps one torrent announced: tells its trackers that we are there, again and again as they ask for it, and that we
 * go; and hands on the peers that they name. It decides when to ask which tracker for what; `ask-tracker.ts` asks.
 *
 *     const announcer = new Announcer({ infoHash, tiers: [['http://…/announce'], ['udp://…']], onPeers, … });
 *     announcer.start();           started, and from then on at the interval that the tracker gives
 *     announcer.announceNow();     sooner, if the tracker lets us: nobody is left to download from
 *     announcer.completed();       once
 *     await announcer.stop();      stopped; 2.5 s at most
 *
 * One tracker at a time is asked, the next one only when it fails (BEP 12, "Order of Processing"): a round goes from
 * one tracker to the next until one answers. No tracker, however slow or hostile, costs more than its time.
 */

import type { Clock } from '../../../async/clock.ts';
import type { Endpoint } from '../../../bytes/endpoint.ts';
import type { Traces } from '../../../bytes/trace.ts';
import type { Log } from '../../../io/log.ts';
import type { AnnounceEvent, TrackerPeers } from '../../../protocols/tracker/types.ts';
import { AnnounceTimes } from './announce-times.ts';
import { type AskTracker, askTracker } from './ask-tracker.ts';
import { type AnnounceContext, type AnnounceProgress, KnownTracker } from './known-tracker.ts';
import { Tiers } from './tiers.ts';

/** The torrent to announce, and what is told of it. None of the functions may throw. */
export interface AnnouncerOptions {
  /** The info-hash of the torrent, 20 bytes. */
  readonly infoHash: Buffer;
  /** Our own peer id, 20 bytes. */
  readonly peerId: Buffer;
  /** The port on which we listen for wire peers. */
  readonly port: number;
  /** URLs as they stand in a torrent or a magnet link; those that cannot be asked are skipped. */
  readonly tiers: readonly (readonly string[])[];
  readonly progress: () => AnnounceProgress;
  /** A tracker has answered with `peers`, which may be none, ourselves, or the same peers as before. */
  readonly onPeers: (peers: readonly Endpoint[], tracker: string) => void;
  /** A tracker has not answered as it should; `reason` is for a user. */
  readonly onFailure?: (tracker: string, reason: string) => void;
  /** A tracker has something for the user to read. */
  readonly onWarning?: (tracker: string, warning: string) => void;
  readonly log: Log;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly clock: Clock;
  readonly ask?: AskTracker;
  readonly traces?: Traces | undefined;
}

export const announcerLimits = {
  /** Trackers of one torrent, in all tiers. */
  trackers: 100,
  /** A program that ends waits for its trackers to take leave for this long at most. */
  stopMs: 2_500,
  /** A program that ends waits for the announce that is going on for this long at most. */
  stopAskingMs: 1_000,
} as const;

/** The tracker that has answered in a round. */
interface RoundResult {
  readonly tracker: KnownTracker;
  readonly response: TrackerPeers;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #tiers: Tiers<KnownTracker>;
  readonly #times: AnnounceTimes;
  #started = false;
  #working = false;
  /** Whether trackers know of the end of the download; `untold`: it has ended, and no tracker has been told. */
  #completion: 'none' | 'untold' | 'told' = 'none';
  #round: Promise<void> | undefined;
  /** Ends the announce to the tracker that is being asked. */
  #asking = new AbortController();
  #dueAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer = (): void => {};
  #ending: Promise<void> | undefined;

  constructor(options: AnnouncerOptions) {
    const { infoHash, peerId, port, progress, random, clock, log, ask = askTracker, traces } = options;
    const identity = { infoHash, peerId, port, key: Math.floor(random() * 2 ** 32) };
    this.#options = options;
    this.#tiers = new Tiers(
      knownTrackers(options.tiers, { identity, progress, ask, clock, log, trace: traces?.tracker }),
      random,
    );
    this.#times = new AnnounceTimes(random);
  }

  /** Whether a tracker answered in the last round. */
  get working(): boolean {
    return this.#working;
  }

  /** The trackers that cannot be asked, or failed when they were asked last, with the reason for a user. */
  get failures(): { readonly tracker: string; readonly reason: string }[] {
    return [...this.#tiers].flatMap(({ url, failure }) =>
      failure === undefined ? [] : [{ tracker: url, reason: failure }],
    );
  }

  /** Announces for the first time. A torrent that is complete by then never counts as a completed download. */
  start(): void {
    if (this.#started || this.#ending !== undefined) return;
    this.#started = true;
    if (this.#options.progress().leftBytes === 0) this.#completion = 'told';
    for (const { tracker, reason } of this.failures) this.#options.onFailure?.(tracker, reason);
    this.#beginRound();
  }

  /** Announces as soon as the tracker allows, if that is sooner than the next announce is due: peers are wanted. */
  announceNow(): void {
    if (this.#round !== undefined) return;
    const atMs = Math.max(this.#times.wantedFromMs, this.#now);
    if (atMs < this.#dueAtMs) this.#scheduleAt(atMs);
  }

  /** Announces now, whatever the tracker said: to a tracker of our own, which may have been started anew. */
  announceAnyway(): void {
    if (this.#started && this.#round === undefined) this.#scheduleAt(this.#now);
  }

  /** Tells trackers, at once and once, that the download is complete. */
  completed(): void {
    if (this.#completion !== 'none') return;
    this.#completion = 'untold';
    if (this.#started && this.#round === undefined) this.#scheduleAt(this.#now);
  }

  /** Tells the trackers that know us that we go. Settles in seconds, whatever they do, and never fails. */
  stop(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #scheduleAt(atMs: number): void {
    this.#cancelTimer();
    this.#dueAtMs = atMs;
    if (this.#ending !== undefined || atMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.clock.after(Math.max(0, atMs - this.#now), () => this.#beginRound());
  }

  #beginRound(): void {
    this.#round = this.#firstAnswer()
      .catch((error: unknown) => this.#logMistake(error))
      .then((result) => this.#onRound(result))
      .catch((error: unknown) => this.#logMistake(error));
  }

  #logMistake(error: unknown): undefined {
    this.#options.log.error('swarm', 'announcing failed', {}, error);
  }

  #onRound(result: RoundResult | undefined): void {
    this.#round = undefined; // a caller that is told of the outcome may ask for another round
    if (this.#ending !== undefined) return;
    if (result === undefined) this.#onNoAnswer();
    else this.#onAnswer(result);
  }

  async #firstAnswer(): Promise<RoundResult | undefined> {
    for (const tracker of this.#tiers) {
      if (this.#ending !== undefined) return undefined;
      if (tracker.heldOffUntilMs > this.#now) continue;
      this.#asking = new AbortController();
      const event = this.#eventFor(tracker);
      const response = await tracker.announce(event, this.#asking);
      if (event === 'completed' && response !== undefined) this.#completion = 'told';
      if (response !== undefined) return { tracker, response };
      if (this.#ending === undefined) this.#options.onFailure?.(tracker.url, tracker.failure ?? '');
    }
    return undefined;
  }

  #onAnswer({ tracker, response }: RoundResult): void {
    this.#working = true;
    this.#tiers.promote(tracker);
    const dueAtMs = this.#times.answered(response, this.#now);
    this.#scheduleAt(this.#completion === 'untold' ? this.#now : dueAtMs);
    if (response.warning !== undefined) this.#options.onWarning?.(tracker.url, response.warning);
    this.#options.onPeers(response.peers, tracker.url);
  }

  #onNoAnswer(): void {
    this.#working = false;
    const heldOff = [...this.#tiers].map(({ heldOffUntilMs }) => heldOffUntilMs);
    this.#scheduleAt(this.#times.failed(this.#now, Math.min(...heldOff)));
  }

  #eventFor({ started }: KnownTracker): AnnounceEvent {
    if (!started) return 'started';
    return this.#completion === 'untold' ? 'completed' : 'none';
  }

  async #end(): Promise<void> {
    const { clock } = this.#options;
    this.#cancelTimer();
    const leaving = new AbortController();
    const tooLate = new Error('there was no time left to wait for it');
    const cancels = [
      clock.after(announcerLimits.stopMs, () => leaving.abort(tooLate)),
      clock.after(announcerLimits.stopAskingMs, () => this.#asking.abort(tooLate)),
    ];
    await this.#round;
    const known = [...this.#tiers].filter(({ started }) => started);
    await Promise.all(known.map((tracker) => this.#leave(tracker, leaving)));
    for (const cancel of cancels) cancel();
  }

  async #leave(tracker: KnownTracker, leaving: AbortController): Promise<void> {
    try {
      if (this.#completion === 'untold') {
        this.#completion = 'told';
        await tracker.announce('completed', leaving);
      }
      await tracker.announce('stopped', leaving);
    } catch (error) {
      this.#logMistake(error);
    }
  }
}

/** Keeps each URL once, where it comes first. */
function knownTrackers(tiers: AnnouncerOptions['tiers'], context: AnnounceContext): KnownTracker[][] {
  const seen = new Set<string>();
  const isNew = (url: string): boolean => {
    if (seen.has(url) || seen.size >= announcerLimits.trackers) return false;
    seen.add(url);
    return true;
  };
  return tiers.map((tier) => tier.filter(isNew).map((url) => new KnownTracker(url, context)));
}
