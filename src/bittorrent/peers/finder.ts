/**
 * Dials wire peers of files: those that a tracker knows, or somebody told us of. Addresses come from
 * strangers, so dialling has caps, and whoever does not answer is left alone for longer and longer.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { WireListener } from './listener.ts';
import type { WireTorrent } from './torrent.ts';

export interface WireFinderOptions {
  readonly catalog: Catalog;
  readonly door: Pick<WireListener, 'dial' | 'guests'>;
  /** Whether anybody has announced itself for a file: asked for all files again and again. */
  readonly hasPeers: (file: TorrentId) => boolean;
  /** The addresses that did. */
  readonly peersOf: (file: TorrentId) => Iterable<Endpoint>;
  readonly torrentOf: (entry: TorrentEntry) => WireTorrent;
  /** Whether peers are looked for, for that file. */
  readonly isWanting: (entry: TorrentEntry) => boolean;
  /** There are peers of that file to be dialled, and no room for them. */
  readonly onCrowded?: (entry: TorrentEntry) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const finderLimits = {
  /** Peers of one file that are dialled, or were and are connected. Who comes by itself does not count. */
  peersPerFile: 30,
  /** Dialled at the same time, of all files. */
  dialling: 50,
  /** After an answer, or the first failure; doubled at each other, up to the last. */
  backoffMs: 5_000,
  backoffMsMax: 600_000,
  /** Addresses that are remembered for having been dialled. */
  pausesMax: 10_000,
} as const;

/** The peers of a file that are connected, and how many more of it may be dialled. */
interface Connected {
  readonly peers: Set<string>;
  readonly room: number;
}

const nobody = (): Connected => ({ peers: new Set(), room: finderLimits.peersPerFile });

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
    const connected = new Map<TorrentEntry, Connected>();
    for (const { torrent, remoteAddress, remotePort, listenPort, dialled } of this.#options.door.guests) {
      const { peers, room } = connected.get(torrent.entry) ?? nobody();
      peers.add(keyOf({ address: remoteAddress, port: listenPort ?? remotePort }));
      connected.set(torrent.entry, { peers, room: dialled ? room - 1 : room });
    }
    for (const entry of this.#options.catalog.entries()) this.#find(entry, connected.get(entry) ?? nobody());
  }

  /** Forgets who was dialled for a file that is let go of: when it comes back, nobody shall wait for that. */
  forget(file: TorrentId): void {
    for (const key of this.#pauses.keys()) if (key.startsWith(`${file} `)) this.#pauses.delete(key);
  }

  #find(entry: TorrentEntry, { peers, room }: Connected): void {
    const { hasPeers, isWanting, onCrowded } = this.#options;
    if (!hasPeers(entry.record.id) || !isWanting(entry)) return;
    const due = this.#due(entry, peers);
    for (const remote of due.slice(0, Math.max(0, room))) {
      if (this.#dialling.size >= finderLimits.dialling) return;
      void this.#dial(entry, remote);
    }
    if (room <= 0 && due.length > 0) onCrowded?.(entry);
  }

  /** Who may be dialled now: first who never was, then who was the longest ago. */
  #due(entry: TorrentEntry, connected: ReadonlySet<string>): Endpoint[] {
    const now = this.#options.now();
    return [...this.#options.peersOf(entry.record.id)]
      .filter((remote) => !connected.has(keyOf(remote)))
      .map((remote) => ({ remote, key: pauseKeyOf(entry, remote) }))
      .filter(({ key }) => !this.#dialling.has(key))
      .map(({ remote, key }) => ({ remote, untilMs: this.#pauses.get(key)?.untilMs ?? 0 }))
      .filter(({ untilMs }) => untilMs <= now)
      .sort((one, other) => one.untilMs - other.untilMs)
      .map(({ remote }) => remote);
  }

  #nextWaitMs(key: string): number {
    const failedMs = this.#pauses.get(key)?.failedMs ?? 0;
    return Math.min(Math.max(2 * failedMs, finderLimits.backoffMs), finderLimits.backoffMsMax);
  }

  async #dial(entry: TorrentEntry, remote: Endpoint): Promise<void> {
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
function pauseKeyOf({ record }: TorrentEntry, remote: Endpoint): string {
  return `${record.id} ${keyOf(remote)}`;
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
