/**
 * One tracker of a torrent: sends announces, and remembers what matters for the next one. The announcer decides when,
 * and with which event.
 */

import type { Clock } from '../../../async/clock.ts';
import { unlessAborted } from '../../../async/unless-aborted.ts';
import { errorText } from '../../../bytes/coded-error.ts';
import { printable } from '../../../bytes/printable.ts';
import type { Trace } from '../../../bytes/trace.ts';
import type { Log } from '../../../io/log.ts';
import {
  type AnnounceEvent,
  type ClientAnnounce,
  type TrackerPeers,
  type TrackerResponse,
  trackerLimits,
} from '../../../protocols/tracker/types.ts';
import { parseTrackerUrl } from '../../../protocols/tracker/url.ts';
import type { AskTracker } from './ask-tracker.ts';

/** The facts that every tracker of a torrent is told, and how to tell them. */
export interface AnnounceContext {
  readonly identity: Pick<ClientAnnounce, 'infoHash' | 'peerId' | 'port' | 'key'>;
  readonly progress: () => AnnounceProgress;
  readonly ask: AskTracker;
  readonly clock: Clock;
  readonly log: Log;
  readonly trace?: Trace | undefined;
}

export interface AnnounceProgress {
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  /** Undefined while it is not known how much there is (a magnet link). */
  readonly leftBytes: number | undefined;
}

export const askingLimits = {
  /** The longest time for one announce, whatever the tracker does meanwhile. */
  askMs: 30_000,
  /** Minutes for which a tracker may forbid another try (BEP 31): a week. */
  retryInMax: 10_080,
} as const;

/** Bytes that are said to be left while that is unknown: 0 would make us a seeder. */
const leftUnknown = 1;

export class KnownTracker {
  readonly url: string;
  readonly #context: AnnounceContext;
  #started = false;
  #failure: string | undefined;
  #heldOffUntilMs = Number.NEGATIVE_INFINITY;
  #trackerId: Uint8Array | undefined;

  constructor(url: string, context: AnnounceContext) {
    this.url = url;
    this.#context = context;
    try {
      parseTrackerUrl(url);
    } catch (error) {
      this.#failure = reasonOf(error);
      this.#heldOffUntilMs = Number.POSITIVE_INFINITY;
    }
  }

  /** Whether the tracker knows us: it was told `started`, and not `stopped`. */
  get started(): boolean {
    return this.#started;
  }

  /** The reason why the tracker cannot be asked, or failed when it was asked last. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The time before which the tracker is not to be asked, on the clock of the context (BEP 31). `Infinity`: never. */
  get heldOffUntilMs(): number {
    return this.#heldOffUntilMs;
  }

  /** Announces `event`. Undefined when that fails, for the reason in `failure`. `asking` ends it. */
  async announce(event: AnnounceEvent, asking: AbortController): Promise<TrackerPeers | undefined> {
    const { ask, clock, log, trace } = this.#context;
    const request = this.#requestFor(event);
    const tooLate = new Error(`no answer in ${askingLimits.askMs / 1000} s`);
    const cancelTimer = clock.after(askingLimits.askMs, () => asking.abort(tooLate));
    try {
      const { signal } = asking;
      const peers = this.#onResponse(await unlessAborted(ask(this.url, request, { clock, signal, trace }), signal));
      if (peers === undefined) return undefined;
      if (event === 'started' || event === 'stopped') this.#started = event === 'started';
      log.debug('swarm', 'announced', { tracker: this.#name, event, peers: peers.peers.length });
      return peers;
    } catch (error) {
      this.#onFailure(reasonOf(error));
      return undefined;
    } finally {
      cancelTimer();
    }
  }

  #requestFor(event: AnnounceEvent): ClientAnnounce {
    const { identity, progress } = this.#context;
    const { uploadedBytes, downloadedBytes, leftBytes = leftUnknown } = progress();
    const wanted = event === 'stopped' ? 0 : trackerLimits.wantedDefault;
    const trackerId = this.#trackerId && { trackerId: this.#trackerId };
    return { ...identity, uploadedBytes, downloadedBytes, leftBytes, event, wanted, ...trackerId };
  }

  #onResponse(response: TrackerResponse): TrackerPeers | undefined {
    if (response.kind === 'failure') {
      this.#heldOffUntilMs = this.#retryAtMs(response.retryIn);
      this.#onFailure(response.reason);
      return undefined;
    }
    this.#failure = undefined;
    this.#trackerId = response.trackerId ?? this.#trackerId;
    return response;
  }

  #onFailure(reason: string): void {
    this.#failure = reason;
    this.#context.log.info('swarm', 'a tracker failed', { tracker: this.#name, reason });
  }

  #retryAtMs(minutes: number | 'never' = 0): number {
    if (minutes === 'never') return Number.POSITIVE_INFINITY;
    return this.#context.clock.now() + Math.min(minutes, askingLimits.retryInMax) * 60_000;
  }

  /** The tracker in the log: without the key by which a private tracker knows its users. */
  get #name(): string {
    return /^[^/?#]*:\/\/[^/?#]*/.exec(this.url)?.[0] ?? '';
  }
}

function reasonOf(error: unknown): string {
  // Where a host has several addresses, none of which can be reached, the error itself says nothing.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return printable(errorText(first));
}
