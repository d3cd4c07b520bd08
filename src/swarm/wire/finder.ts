/**
 * Dials wire peers of files: those that a tracker knows, or somebody told us of. Addresses come from
 * strangers, so dialling has caps, and whoever does not answer is left alone for longer and longer.
 */
import type { FileId } from '../../bytes/ids.ts';
import type { RemoteAddress } from '../../io/peer-socket.ts';
import type { Catalog } from '../catalog.ts';
import type { FileEntry } from '../file-entry.ts';
import type { WireDoor } from './door.ts';
import type { WireTorrent } from './torrent.ts';

export interface WireFinderOptions {
  readonly catalog: Catalog;
  readonly door: Pick<WireDoor, 'dial' | 'guests'>;
  /** Whether anybody has announced itself for a file: asked for all files again and again. */
  readonly hasPeers: (file: FileId) => boolean;
  /** The addresses that did. */
  readonly peersOf: (file: FileId) => Iterable<RemoteAddress>;
  readonly torrentOf: (entry: FileEntry) => WireTorrent;
  /** Whether peers are looked for, for that file. */
  readonly isWanting: (entry: FileEntry) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const finderLimits = {
  /** Peers of one file that are dialled, or were and are connected. */
  peersPerFile: 30,
  /** Dialled at the same time, of all files. */
  dialling: 50,
  /** After an answer, or the first failure; doubled at each other, up to the last. */
  backoffMs: 5_000,
  backoffMsMax: 600_000,
  /** Addresses that are remembered for having been dialled. */
  pausesMax: 10_000,
} as const;

/** For how long an address is not dialled (again). */
interface Pause {
  readonly untilMs: number;
  /** How long the pause is when it did not answer; 0 when it did: it is only not to be dialled again and again. */
  readonly failedMs: number;
}

export class WireFinder {
  readonly #options: WireFinderOptions;
  /** By file, address and port; the oldest first. */
  readonly #pauses = new Map<string, Pause>();
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
    if (room <= 0 || !this.#options.hasPeers(entry.record.id) || !this.#options.isWanting(entry)) return;
    for (const remote of this.#options.peersOf(entry.record.id)) {
      if (room <= 0 || this.#dialling.size >= finderLimits.dialling) return;
      if (connected.has(keyOf(remote)) || !this.#isDue(pauseKeyOf(entry, remote))) continue;
      room -= 1;
      void this.#dial(entry, remote);
    }
  }

  #isDue(key: string): boolean {
    return !this.#dialling.has(key) && (this.#pauses.get(key)?.untilMs ?? 0) <= this.#options.now();
  }

  #nextWaitMs(key: string): number {
    const failedMs = this.#pauses.get(key)?.failedMs ?? 0;
    return Math.min(Math.max(2 * failedMs, finderLimits.backoffMs), finderLimits.backoffMsMax);
  }

  async #dial(entry: FileEntry, remote: RemoteAddress): Promise<void> {
    const { door, torrentOf, now } = this.#options;
    const key = pauseKeyOf(entry, remote);
    this.#dialling.add(key);
    const opened = await door.dial(torrentOf(entry), remote);
    this.#dialling.delete(key);
    const waitMs = opened ? finderLimits.backoffMs : this.#nextWaitMs(key);
    this.#pauses.delete(key);
    this.#pauses.set(key, { untilMs: now() + waitMs, failedMs: opened ? 0 : waitMs });
    const [oldest] = this.#pauses.keys();
    if (this.#pauses.size > finderLimits.pausesMax && oldest !== undefined) this.#pauses.delete(oldest);
  }
}

/** Who does not answer for one file may well do so for another. */
function pauseKeyOf({ record }: FileEntry, remote: RemoteAddress): string {
  return `${record.id} ${keyOf(remote)}`;
}

function keyOf({ address, port }: RemoteAddress): string {
  return `${address} ${port}`;
}
