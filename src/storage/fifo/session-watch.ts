/**
 * Judges whether the peer at the other end of a session is still of use: how long it has shown no sign of life, and
 * whether it passes a request over. It knows what is owed and what the session saw, no bytes and no clock: time is
 * counted in sweeps, so that a laptop that slept does not age its peers.
 */
import type { IpcRequest } from '../../protocols/ipc/types.ts';
import { OldestRequest } from './oldest-request.ts';

export interface SessionTimeouts {
  /** A peer that owes replies and shows no sign of life for this long is given up. */
  readonly stallMs: number;
  /**
   * The same while it owes a SYNC: an fsync of gigabytes takes its time, and a shell peer does nothing else. One that
   * answers in any order is asked for a sign of life instead.
   */
  readonly syncStallMs: number;
  /**
   * A request that waits so long, while the peer answers others, ends the session too. It cannot just be given up: a
   * late answer would be read into memory that has become somebody else's. Behind a SYNC it may be `syncStallMs`.
   */
  readonly requestMs: number;
  /** The same for a SYNC, from a peer that gives signs of life meanwhile: its disk hangs, and others wait behind it. */
  readonly syncMs: number;
  /** A peer that owes nothing is asked for a sign of life this often. */
  readonly pingMs: number;
  /** How often all this is looked at. Timeouts are exact to this. */
  readonly sweepMs: number;
}

export const sessionTimeouts: SessionTimeouts = {
  stallMs: 5_000,
  syncStallMs: 120_000,
  requestMs: 30_000,
  syncMs: 600_000,
  pingMs: 5_000,
  sweepMs: 500,
};

/** What a sweep came to. */
export type PeerState =
  | 'well'
  | 'idle' // owes nothing, and has been quiet: time for a PING
  | 'stalled' // owes replies, and has been quiet for two sweeps: others may be asked
  | 'frozen' // the same for too long: to be given up
  | 'passing-over'; // answers, but not one certain request: to be given up

/** What the session saw since the last sweep. */
export interface Signs {
  /** Whether the peer wrote or read anything. */
  readonly moved: boolean;
  /** The `seq` of the request whose answer is arriving. */
  readonly receiving: string | undefined;
}

export class SessionWatch {
  readonly #timeouts: SessionTimeouts;
  /** Requests whose reply is owed or whose payload is not written yet, and how many of them are a SYNC. */
  #outstanding = 0;
  #outstandingSyncs = 0;
  #outstandingPings = 0;
  readonly #oldest = new OldestRequest();
  readonly #oldestSync = new OldestRequest();
  /** How long there has been no sign of life. */
  #quietMs = 0;
  /** Whether the peer answers a PING also while it owes a SYNC. */
  anyOrder = false;

  constructor(timeouts: SessionTimeouts) {
    this.#timeouts = timeouts;
  }

  /** A request is on its way. */
  begin(verb: IpcRequest['verb']): void {
    if (this.#outstanding === 0) this.#quietMs = 0;
    this.#outstanding += 1;
    if (verb === 'SYNC') this.#outstandingSyncs += 1;
    if (verb === 'PING') this.#outstandingPings += 1;
  }

  /** It is written: from here on only the peer can be slow. */
  written(verb: IpcRequest['verb'], seq: string): void {
    this.#oldestOf(verb).begin(seq);
  }

  /** It is answered, and written too. */
  end(verb: IpcRequest['verb'], seq: string): void {
    this.#outstanding -= 1;
    if (verb === 'SYNC') this.#outstandingSyncs -= 1;
    if (verb === 'PING') this.#outstandingPings -= 1;
    this.#oldestOf(verb).end(seq);
  }

  /** Whether it owes replies and has shown no sign of life for two sweeps. */
  get stalled(): boolean {
    return this.#outstanding > 0 && this.#quietMs >= 2 * this.#timeouts.sweepMs;
  }

  /** Whether a stalled peer may only be busy with a SYNC, and should be asked for a sign of life. */
  get wantsSign(): boolean {
    return this.anyOrder && this.#outstandingSyncs > 0 && this.#outstandingPings === 0;
  }

  /** Another `sweepMs` have passed. */
  sweep({ moved, receiving }: Signs): PeerState {
    if (this.#passesOver(receiving)) return 'passing-over';
    const { stallMs, syncStallMs, pingMs, sweepMs } = this.#timeouts;
    this.#quietMs = moved ? 0 : this.#quietMs + sweepMs;
    if (this.#outstanding === 0) return this.#quietMs >= pingMs ? 'idle' : 'well';
    const allowedMs = this.#outstandingSyncs > 0 && !this.anyOrder ? syncStallMs : stallMs;
    if (this.#quietMs >= allowedMs) return 'frozen';
    return this.stalled ? 'stalled' : 'well';
  }

  /** Whether one request has waited too long. While a SYNC is owed, time counts for so much less. */
  #passesOver(receiving: string | undefined): boolean {
    const { sweepMs, requestMs, syncStallMs, syncMs } = this.#timeouts;
    if (this.#oldestSync.pass(sweepMs, receiving) >= syncMs) return true;
    const weight = this.#outstandingSyncs > 0 ? requestMs / syncStallMs : 1;
    return this.#oldest.pass(sweepMs * weight, receiving) >= requestMs;
  }

  #oldestOf(verb: IpcRequest['verb']): OldestRequest {
    return verb === 'SYNC' ? this.#oldestSync : this.#oldest;
  }
}
