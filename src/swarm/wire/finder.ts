/**
 * Dials wire peers for files that are not whole on this side: those that our tracker knows. Addresses come from
 * strangers, so dialling has caps, and whoever does not answer is left alone for longer and longer.
 */
import type { FileId } from '../../bytes/ids.ts';
import type { RemoteAddress } from '../../io/peer-socket.ts';
import type { Catalog } from '../catalog.ts';
import type { FileEntry } from '../file-entry.ts';
import type { WireDoor } from './door.ts';
import { isHeldHere } from './holders.ts';
import type { WireTorrent } from './torrent.ts';

export interface WireFinderOptions {
  readonly catalog: Catalog;
  readonly door: Pick<WireDoor, 'dial' | 'guests'>;
  /** Whether anybody has announced itself for a file: asked for all files again and again. */
  readonly hasPeers: (file: FileId) => boolean;
  /** The addresses that did. */
  readonly peersOf: (file: FileId) => Iterable<RemoteAddress>;
  readonly torrentOf: (entry: FileEntry) => WireTorrent;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const finderLimits = {
  /** Peers of one file that are dialled, or were and are connected. */
  peersPerFile: 30,
  /** Dialled at the same time, of all files. */
  dialling: 50,
  /** After the first failure; doubled at each other, up to the last. */
  backoffMs: 5_000,
  backoffMsMax: 600_000,
  /** Addresses that are remembered for not answering. */
  failuresMax: 10_000,
} as const;

interface Failure {
  readonly retryAtMs: number;
  readonly waitMs: number;
}

export class WireFinder {
  readonly #options: WireFinderOptions;
  /** By address and port; the oldest first. */
  readonly #failures = new Map<string, Failure>();
  readonly #dialling = new Set<string>();

  constructor(options: WireFinderOptions) {
    this.#options = options;
  }

  /** Looks at every file. To be called every few seconds. */
  sweep(): void {
    const connected = new Map<FileEntry, Set<string>>();
    for (const { torrent, remoteAddress, remotePort, listenPort } of this.#options.door.guests) {
      const peers = connected.get(torrent.entry) ?? new Set();
      connected.set(torrent.entry, peers.add(keyOf({ address: remoteAddress, port: listenPort ?? remotePort })));
    }
    for (const entry of this.#options.catalog.entries()) this.#find(entry, connected.get(entry) ?? new Set());
  }

  #find(entry: FileEntry, connected: ReadonlySet<string>): void {
    let room = finderLimits.peersPerFile - connected.size;
    if (room <= 0 || !this.#options.hasPeers(entry.record.id) || isHeldHere(entry)) return;
    for (const remote of this.#options.peersOf(entry.record.id)) {
      if (room <= 0 || this.#dialling.size >= finderLimits.dialling) return;
      if (connected.has(keyOf(remote)) || !this.#isDue(keyOf(remote))) continue;
      room -= 1;
      void this.#dial(entry, remote);
    }
  }

  #isDue(key: string): boolean {
    return !this.#dialling.has(key) && (this.#failures.get(key)?.retryAtMs ?? 0) <= this.#options.now();
  }

  async #dial(entry: FileEntry, remote: RemoteAddress): Promise<void> {
    const { door, torrentOf, now } = this.#options;
    const key = keyOf(remote);
    this.#dialling.add(key);
    const opened = await door.dial(torrentOf(entry), remote);
    this.#dialling.delete(key);
    const before = this.#failures.get(key);
    this.#failures.delete(key);
    if (opened) return;
    const waitMs = Math.min(before ? before.waitMs * 2 : finderLimits.backoffMs, finderLimits.backoffMsMax);
    this.#failures.set(key, { retryAtMs: now() + waitMs, waitMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > finderLimits.failuresMax && oldest !== undefined) this.#failures.delete(oldest);
  }
}

function keyOf({ address, port }: RemoteAddress): string {
  return `${address} ${port}`;
}
