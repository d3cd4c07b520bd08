/**
 * Judges whether the peer at the other end of a session is still of use: how long it has shown no sign of life, and
 * whether it skips a request. Pure: it is told which requests are outstanding and what the session saw, and time is
 * counted in ticks, so that a laptop that slept does not age its peers.
 */
import type { IpcRequest } from '../../protocols/ipc/types.ts';

/** The timeouts of one session, in milliseconds. */
export interface SessionTimeouts {
  /** The longest time without a sign of life from a peer that owes replies; it is given up then. */
  readonly stallMs: number;
  /**
   * The longest time without a sign of life from a peer that owes a SYNC: an fsync of gigabytes takes its time, and a
   * shell peer does nothing else meanwhile. A peer that replies in any order is asked for a sign of life instead.
   */
  readonly syncStallMs: number;
  /**
   * The longest wait of one request while the peer replies to others; the session ends then. The request cannot just be
   * given up: a late reply would be read into memory that has become somebody else's. Behind a SYNC it may be
   * `syncStallMs`.
   */
  readonly requestMs: number;
  /** The longest wait of a SYNC while the peer gives signs of life: its disk hangs, and others wait behind it. */
  readonly syncMs: number;
  /** The interval at which a peer that owes nothing is asked for a sign of life. */
  readonly pingMs: number;
  /** The interval of ticks: timeouts are exact to this. */
  readonly tickMs: number;
}

/** The timeouts of a session, unless it is said otherwise. */
export const sessionTimeouts: SessionTimeouts = {
  stallMs: 5_000,
  syncStallMs: 120_000,
  requestMs: 30_000,
  syncMs: 600_000,
  pingMs: 5_000,
  tickMs: 500,
};

/** The verdict of a tick. */
export type PeerState =
  | 'well'
  | 'idle' // owes nothing, and has been quiet: time for a PING
  | 'stalled' // owes replies, and has been quiet for two ticks: others may be asked
  | 'frozen' // owes replies, and has been quiet for too long: to be given up
  | 'skipping'; // replies, but not to one certain request: to be given up

/** The signs of life that the session saw since the last tick. */
export interface Signs {
  /** Whether the peer wrote or read anything. */
  readonly moved: boolean;
  /** The `seq` of the request whose reply is arriving. */
  readonly receiving: string | undefined;
}

/** The watch over one session. */
export class SessionWatch {
  readonly #timeouts: SessionTimeouts;
  /**
   * The number of requests whose reply is owed or whose payload is not written yet; below, of those, SYNCs and PINGs.
   */
  #outstanding = 0;
  #outstandingSyncs = 0;
  #outstandingPings = 0;
  readonly #oldest = new OldestRequest();
  readonly #oldestSync = new OldestRequest();
  /** The time since the last sign of life. */
  #quietMs = 0;
  /** Whether the peer replies to a PING also while it owes a SYNC. */
  anyOrder = false;

  constructor(timeouts: SessionTimeouts) {
    this.#timeouts = timeouts;
  }

  /** Notes that a request is on its way. */
  begin(verb: IpcRequest['verb']): void {
    if (this.#outstanding === 0) this.#quietMs = 0;
    this.#outstanding += 1;
    if (verb === 'SYNC') this.#outstandingSyncs += 1;
    if (verb === 'PING') this.#outstandingPings += 1;
  }

  /** Notes that a request has left us: its time is counted from here on, since only the peer can be slow. */
  written(verb: IpcRequest['verb'], seq: string): void {
    this.#oldestOf(verb).begin(seq);
  }

  /** Notes that a request has its reply, and is written too. */
  end(verb: IpcRequest['verb'], seq: string): void {
    this.#outstanding -= 1;
    if (verb === 'SYNC') this.#outstandingSyncs -= 1;
    if (verb === 'PING') this.#outstandingPings -= 1;
    this.#oldestOf(verb).end(seq);
  }

  /** Whether the peer owes replies and has shown no sign of life for two ticks. */
  get stalled(): boolean {
    return this.#outstanding > 0 && this.#quietMs >= 2 * this.#timeouts.tickMs;
  }

  /** Whether a stalled peer may only be busy with a SYNC, and should be sent a PING to find out. */
  get needsPing(): boolean {
    return this.anyOrder && this.#outstandingSyncs > 0 && this.#outstandingPings === 0;
  }

  /** Notes that `ms` have passed since the last tick, and judges the peer. */
  tick(ms: number, { moved, receiving }: Signs): PeerState {
    if (this.#skips(ms, receiving)) return 'skipping';
    const { stallMs, syncStallMs, pingMs } = this.#timeouts;
    this.#quietMs = moved ? 0 : this.#quietMs + ms;
    if (this.#outstanding === 0) return this.#quietMs >= pingMs ? 'idle' : 'well';
    const allowedMs = this.#outstandingSyncs > 0 && !this.anyOrder ? syncStallMs : stallMs;
    if (this.#quietMs >= allowedMs) return 'frozen';
    return this.stalled ? 'stalled' : 'well';
  }

  /** Whether one request has waited too long. While a SYNC is owed, time is scaled by `requestMs / syncStallMs`. */
  #skips(ms: number, receiving: string | undefined): boolean {
    const { requestMs, syncStallMs, syncMs } = this.#timeouts;
    if (this.#oldestSync.tick(ms, receiving) >= syncMs) return true;
    const weight = this.#outstandingSyncs > 0 ? requestMs / syncStallMs : 1;
    return this.#oldest.tick(ms * weight, receiving) >= requestMs;
  }

  #oldestOf(verb: IpcRequest['verb']): OldestRequest {
    return verb === 'SYNC' ? this.#oldestSync : this.#oldest;
  }
}

/**
 * The request that has waited longest for its reply. A peer that replies to all others but never to this one is alive,
 * and yet whoever asked would wait for ever.
 *
 * Only the oldest is timed, and only while it is the oldest: a slow peer that works off a long queue is not taken for
 * one that skips a request.
 */
class OldestRequest {
  /** The `seq` of each request, in the order in which they were written (a Set keeps the order of insertion). */
  readonly #waiting = new Set<string>();
  #oldest: string | undefined;
  #waitedMs = 0;

  begin(seq: string): void {
    this.#waiting.add(seq);
  }

  end(seq: string): void {
    this.#waiting.delete(seq);
  }

  /**
   * Notes that `ms` have passed. Answers for how long one request has been the oldest now; 0 while it is the one whose
   * reply is arriving, `receiving`.
   */
  tick(ms: number, receiving: string | undefined): number {
    const [oldest] = this.#waiting;
    const waits = oldest !== undefined && oldest === this.#oldest && oldest !== receiving;
    this.#waitedMs = waits ? this.#waitedMs + ms : 0;
    this.#oldest = oldest;
    return this.#waitedMs;
  }
}
