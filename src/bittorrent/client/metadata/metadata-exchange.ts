/**
 * Gets the info dictionary of a torrent whose info-hash alone is known, as after a magnet link (BEP 9): several peers
 * are asked at a time, and the first dictionary that hashes as it should is taken. Peers are offered from outside, as
 * trackers tell of them; with none, or none of use, it waits for more.
 *
 *     const exchange = new MetadataExchange({ infoHash, peerId, port, dial, log });
 *     exchange.offer(magnet.peers);
 *     const { info, peers } = await exchange.fetch(signal);
 *
 * Addresses come from strangers, and behind them may be anybody: nothing that one peer does, or does not, keeps another
 * from being asked.
 */
import type { Socket } from 'node:net';
import { Backoff } from '../../../async/backoff.ts';
import { type Clock, systemClock } from '../../../async/clock.ts';
import { type Endpoint, formatEndpoint } from '../../../bytes/endpoint.ts';
import type { TorrentId } from '../../../bytes/ids.ts';
import type { Trace } from '../../../bytes/trace.ts';
import type { Log } from '../../../io/log.ts';
import { MetadataConnection, type MetadataContext } from './metadata-connection.ts';

export interface MetadataExchangeOptions {
  readonly infoHash: TorrentId;
  /** Our own peer id, 20 bytes. */
  readonly peerId: Buffer;
  /** The port at which we can be dialled; undefined when we cannot. */
  readonly port: number | undefined;
  /** Begins to connect with `remote`. */
  readonly dial: (remote: Endpoint) => Socket;
  readonly log: Log;
  readonly trace?: Trace | undefined;
  readonly clock?: Pick<Clock, 'every'>;
}

export interface Metadata {
  /** The info dictionary, of which only the SHA-1 was checked; `parseInfo` reads it. */
  readonly info: Buffer;
  /** Peers that were connected for this torrent at that moment, the one that gave it first. */
  readonly peers: readonly Endpoint[];
}

export const exchangeLimits = {
  /** Peers that are asked at a time. Of those a tracker knows many do not answer, and hold a place for ten seconds. */
  connections: 10,
  /** Peers that are remembered; a tracker tells of 50 to 200 at a time. */
  candidates: 1000,
  /** The pause before a peer that failed is asked again; twice as long after each failure that follows. */
  backoffMs: 5_000,
  /** The time that a peer has while others wait; twice as long at each attempt that follows. */
  patienceMs: 30_000,
  /** The cap of `backoffMs` and `patienceMs`. */
  waitMsMax: 600_000,
  sweepMs: 1_000,
} as const;

/** A peer that may be asked. */
interface Candidate {
  readonly remote: Endpoint;
  failures: number;
  /** The pauses after its failures. */
  readonly pauses: Backoff;
  retryAtMs: number;
  /** The times that it has, attempt by attempt. */
  readonly patience: Backoff;
  /** The time that it has at this attempt. */
  patienceMs: number;
  /** The connection while it is asked. */
  connection: MetadataConnection | undefined;
}

export class MetadataExchange {
  readonly #options: MetadataExchangeOptions;
  readonly #context: MetadataContext;
  /** By endpoint. */
  readonly #candidates = new Map<string, Candidate>();
  /** Takes the result, as long as one is wanted. */
  #settle: ((metadata: Metadata) => void) | undefined;
  /** Milliseconds since `fetch` was called. */
  #clockMs = 0;

  constructor(options: MetadataExchangeOptions) {
    const { infoHash, peerId, port, log, trace } = options;
    this.#options = options;
    this.#context = { infoHash: Buffer.from(infoHash, 'hex'), peerId, port, log, trace };
  }

  /** The number of peers that were offered. */
  get known(): number {
    return this.#candidates.size;
  }

  /** The number of peers that have shaken hands, and are being asked. */
  get connected(): number {
    return this.#asked.filter(({ connection }) => connection?.opened).length;
  }

  /** Offers peers that may have the torrent, as often as there are more; those that are known are skipped. */
  offer(peers: Iterable<Endpoint>): void {
    for (const remote of peers) {
      const key = formatEndpoint(remote);
      if (this.#candidates.has(key)) continue;
      if (this.#candidates.size >= exchangeLimits.candidates && !this.#forgetWorst()) break;
      this.#candidates.set(key, candidateAt(remote));
    }
    this.#dialDue();
  }

  /**
   * Settles with the dictionary, once a peer has given it; fails when `signal` aborts, with its reason. All connections
   * end with it. To be called once.
   */
  async fetch(signal?: AbortSignal): Promise<Metadata> {
    signal?.throwIfAborted();
    let onAbort = (): void => {};
    const found = new Promise<Metadata>((resolve, reject) => {
      this.#settle = resolve;
      onAbort = () => reject(signal?.reason);
    });
    signal?.addEventListener('abort', onAbort);
    const stopSweep = (this.#options.clock ?? systemClock).every(exchangeLimits.sweepMs, () => this.#sweep());
    this.#dialDue();
    try {
      return await found;
    } finally {
      stopSweep();
      signal?.removeEventListener('abort', onAbort);
      this.#settle = undefined;
      for (const { connection } of this.#asked) connection?.close('the info dictionary is not wanted any more');
    }
  }

  get #asked(): Candidate[] {
    return [...this.#candidates.values()].filter(({ connection }) => connection !== undefined);
  }

  /** The peers that can be dialled now, those that failed least first. */
  get #due(): Candidate[] {
    return [...this.#candidates.values()]
      .filter(({ connection, retryAtMs }) => connection === undefined && retryAtMs <= this.#clockMs)
      .sort((a, b) => a.failures - b.failures);
  }

  #dialDue(): void {
    if (this.#settle === undefined) return;
    const room = exchangeLimits.connections - this.#asked.length;
    for (const candidate of this.#due.slice(0, room)) this.#dial(candidate);
  }

  #dial(candidate: Candidate): void {
    const { remote } = candidate;
    candidate.patienceMs = candidate.patience.next();
    candidate.connection = new MetadataConnection(this.#options.dial(remote), remote, this.#context, {
      onInfo: (info) => this.#onInfo(candidate, info),
      onClose: () => this.#onClose(candidate),
    });
  }

  #onInfo(giver: Candidate, info: Buffer): void {
    const others = this.#asked.filter((other) => other !== giver && other.connection?.opened);
    this.#settle?.({ info, peers: [giver, ...others].map(({ remote }) => remote) });
  }

  #onClose(candidate: Candidate): void {
    candidate.connection = undefined;
    candidate.retryAtMs = this.#clockMs + candidate.pauses.next();
    candidate.failures += 1;
    this.#dialDue();
  }

  #sweep(): void {
    this.#clockMs += exchangeLimits.sweepMs;
    for (const { connection } of this.#asked) connection?.tick(exchangeLimits.sweepMs);
    this.#makeRoom();
    this.#dialDue();
  }

  /** Closes a connection that has had its time, when others wait: else a few slow peers would keep all others out. */
  #makeRoom(): void {
    const asked = this.#asked;
    if (asked.length < exchangeLimits.connections || this.#due.length === 0) return;
    const slow = asked.find(({ connection, patienceMs }) => (connection?.ageMs ?? 0) >= patienceMs);
    slow?.connection?.close('it takes long, and others wait');
  }

  /** Forgets the candidate that failed most. False when none has failed yet. */
  #forgetWorst(): boolean {
    const failed = [...this.#candidates].filter(([, { failures, connection }]) => failures > 0 && !connection);
    const [worst] = failed.sort(([, a], [, b]) => b.failures - a.failures);
    return worst !== undefined && this.#candidates.delete(worst[0]);
  }
}

function candidateAt(remote: Endpoint): Candidate {
  const { backoffMs, patienceMs, waitMsMax } = exchangeLimits;
  const pauses = new Backoff({ firstMs: backoffMs, lastMs: waitMsMax });
  const patience = new Backoff({ firstMs: patienceMs, lastMs: waitMsMax });
  return { remote, failures: 0, pauses, retryAtMs: 0, patience, patienceMs, connection: undefined };
}
