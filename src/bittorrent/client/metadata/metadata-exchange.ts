/**
 * Gets the info dictionary of a torrent whose info-hash alone is known, as who came by a magnet link does (BEP 9):
 * several peers are asked at a time, and the first dictionary that hashes as it should is taken. Peers are offered from
 * outside, as trackers tell of them; with none, or none of use, it waits for more.
 *
 *     const exchange = new MetadataExchange({ infoHash, peerId, port, dial, log });
 *     exchange.offer(magnet.peers);
 *     const { info, peers } = await exchange.fetch(signal);
 *
 * Addresses come from strangers, and behind them may be anybody: nothing that one peer does, or does not, keeps another
 * from being asked.
 */
import type { Socket } from 'node:net';
import { type Endpoint, formatEndpoint } from '../../../bytes/endpoint.ts';
import type { TorrentId } from '../../../bytes/ids.ts';
import type { Log } from '../../../io/log.ts';
import { MetadataConnection, type MetadataContext } from './metadata-connection.ts';

export interface MetadataExchangeOptions {
  readonly infoHash: TorrentId;
  /** Ours, 20 bytes. */
  readonly peerId: Buffer;
  /** Where we can be dialled; undefined for nowhere. */
  readonly port: number | undefined;
  /** Begins to connect. */
  readonly dial: (remote: Endpoint) => Socket;
  readonly log: Log;
  /** Calls back every `ms` until the function that it answers is called. */
  readonly every?: (ms: number, callback: () => void) => () => void;
}

export interface Metadata {
  /** The info dictionary: its SHA-1 is the info-hash. What it says has still to be read (`parseInfo`). */
  readonly info: Buffer;
  /** Peers that were connected for this torrent at that moment, the one that gave it first. */
  readonly peers: readonly Endpoint[];
}

export const exchangeLimits = {
  /** Peers that are asked at a time. Of those a tracker knows many do not answer, and hold a place for ten seconds. */
  connections: 10,
  /** Peers that are remembered; a tracker tells of 50 to 200 at a time. */
  candidates: 1000,
  /** After the first failure of a peer it is left alone for so long; twice as long at each other. */
  backoffMs: 5_000,
  /** While others wait, a peer has so much time at first; twice as much at each other attempt. */
  patienceMs: 30_000,
  /** Neither grows beyond. */
  waitMsMax: 600_000,
  sweepMs: 1_000,
} as const;

interface Candidate {
  readonly remote: Endpoint;
  failures: number;
  retryAtMs: number;
  /** While it is asked. */
  connection: MetadataConnection | undefined;
}

export class MetadataExchange {
  readonly #options: MetadataExchangeOptions;
  readonly #context: MetadataContext;
  /** By address and port. */
  readonly #candidates = new Map<string, Candidate>();
  /** Takes the result, while one is wanted. */
  #settle: ((metadata: Metadata) => void) | undefined;
  /** Since `fetch` was called. */
  #clockMs = 0;

  constructor(options: MetadataExchangeOptions) {
    const { infoHash, peerId, port, log } = options;
    this.#options = options;
    this.#context = { infoHash: Buffer.from(infoHash, 'hex'), peerId, port, log };
  }

  /** How many peers have been offered. */
  get known(): number {
    return this.#candidates.size;
  }

  /** How many have shaken hands, and are being asked. */
  get connected(): number {
    return this.#asked.filter(({ connection }) => connection?.opened).length;
  }

  /** Peers that may have the torrent; those that are known are passed over. To be called as often as there are more. */
  offer(peers: Iterable<Endpoint>): void {
    for (const remote of peers) {
      const key = formatEndpoint(remote);
      if (this.#candidates.has(key)) continue;
      if (this.#candidates.size >= exchangeLimits.candidates && !this.#forgetWorst()) break;
      this.#candidates.set(key, { remote, failures: 0, retryAtMs: 0, connection: undefined });
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
    const stopSweep = (this.#options.every ?? every)(exchangeLimits.sweepMs, () => this.#sweep());
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

  /** Who can be dialled now, those that failed least first. */
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
    candidate.retryAtMs = this.#clockMs + doubled(exchangeLimits.backoffMs, candidate.failures);
    candidate.failures += 1;
    this.#dialDue();
  }

  #sweep(): void {
    this.#clockMs += exchangeLimits.sweepMs;
    for (const { connection } of this.#asked) connection?.passed(exchangeLimits.sweepMs);
    this.#makeRoom();
    this.#dialDue();
  }

  /** Ends who has had its time, when others wait: else a few that drip would keep everybody out. */
  #makeRoom(): void {
    const asked = this.#asked;
    if (asked.length < exchangeLimits.connections || this.#due.length === 0) return;
    const slow = asked.find(
      ({ connection, failures }) => (connection?.ageMs ?? 0) >= doubled(exchangeLimits.patienceMs, failures),
    );
    slow?.connection?.close('it takes long, and others wait');
  }

  /** Makes place for one more. False when nobody has failed yet. */
  #forgetWorst(): boolean {
    const failed = [...this.#candidates].filter(([, { failures, connection }]) => failures > 0 && !connection);
    const [worst] = failed.sort(([, a], [, b]) => b.failures - a.failures);
    return worst !== undefined && this.#candidates.delete(worst[0]);
  }
}

function doubled(ms: number, times: number): number {
  return Math.min(ms * 2 ** times, exchangeLimits.waitMsMax);
}

/** Not `unref`: while somebody waits for peers, the process shall not end. */
function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms);
  return () => clearInterval(timer);
}
