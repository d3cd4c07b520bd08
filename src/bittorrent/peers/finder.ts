/**
 * Dials wire peers of torrents: those that a tracker knows, or that somebody told us of. Addresses come from strangers,
 * so dialling has caps, and back-off grows for an address that does not answer.
 */
import { Backoff } from '../../async/backoff.ts';
import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { WireListener } from './listener.ts';
import type { WireTorrent } from './torrent.ts';

/** A torrent, as much as the finder needs to know of it. */
export interface FindableTorrent {
  readonly record: { readonly id: TorrentId };
}

export interface WireFinderOptions<Torrent extends FindableTorrent> {
  readonly torrents: () => Iterable<Torrent>;
  readonly listener: Pick<WireListener, 'dial' | 'peers'>;
  /** Whether any peer of a torrent is known: asked for all torrents again and again. */
  readonly hasPeers: (id: TorrentId) => boolean;
  /** The addresses of peers of a torrent: a bounded number, others each time where there are more. */
  readonly peersOf: (id: TorrentId) => Iterable<Endpoint>;
  readonly torrentOf: (torrent: Torrent) => WireTorrent;
  /** Whether peers of a torrent are looked for. */
  readonly isWanting: (torrent: Torrent) => boolean;
  /** There are peers of a torrent to be dialled, and no room for them. */
  readonly onCrowded?: (torrent: Torrent) => void;
  /** Milliseconds on any clock that is never set back. */
  readonly now: () => number;
}

export const finderLimits = {
  /** Peers of one torrent that are dialled, or were and are connected. Peers that dialled us do not count. */
  peersPerFile: 30,
  /** Addresses that are dialled at the same time, for all torrents. */
  dialling: 50,
  /** Addresses that one sweep looks at: some 10 ms. The next sweep goes on with the torrents that are left. */
  addressesPerSweep: 5_000,
  /** The pause after an answer, or after the first failure; doubled at each failure that follows. */
  backoffMs: 5_000,
  /** The longest pause. */
  backoffMsMax: 600_000,
  /** Addresses whose pauses are remembered; the oldest are forgotten. */
  pausesMax: 10_000,
} as const;

const delays = { firstMs: finderLimits.backoffMs, lastMs: finderLimits.backoffMsMax };

/** The peers of one torrent that are connected, and how many more may be dialled. */
interface Connected {
  readonly peers: Set<string>;
  readonly room: number;
}

const nobody = (): Connected => ({ peers: new Set(), room: finderLimits.peersPerFile });

/** The time during which an address is not dialled again. */
interface Pause {
  readonly untilMs: number;
  /** The pauses that follow, should the address not answer. */
  readonly backoff: Backoff;
}

export class WireFinder<Torrent extends FindableTorrent> {
  readonly #options: WireFinderOptions<Torrent>;
  /** By torrent, address and port; the oldest first. */
  readonly #pauses = new Map<string, Pause>();
  readonly #dialling = new Set<string>();
  /** The torrents that the last sweep left for the next one. */
  #left: Iterator<Torrent> | undefined;

  constructor(options: WireFinderOptions<Torrent>) {
    this.#options = options;
  }

  /** Dials the peers that are due, of as many torrents as fit into one sweep. Called every few seconds. */
  sweep(): void {
    const connected = new Map<TorrentId, Connected>();
    for (const { torrent, remote, listenPort, dialled } of this.#options.listener.peers) {
      const { id } = torrent.content.record;
      const { peers, room } = connected.get(id) ?? nobody();
      peers.add(formatEndpoint({ address: remote.address, port: listenPort ?? remote.port }));
      connected.set(id, { peers, room: dialled ? room - 1 : room });
    }
    const torrents = this.#left ?? this.#options.torrents()[Symbol.iterator]();
    this.#left = undefined;
    for (let looked = 0; looked < finderLimits.addressesPerSweep; ) {
      const next = torrents.next();
      if (next.done === true) return;
      looked += this.#find(next.value, connected.get(next.value.record.id) ?? nobody());
    }
    this.#left = torrents;
  }

  /** Forgets the pauses of a torrent that is removed: when it comes back, nobody shall wait for them. */
  forget(id: TorrentId): void {
    for (const key of this.#pauses.keys()) if (key.startsWith(`${id} `)) this.#pauses.delete(key);
  }

  /** Dials the peers of one torrent that are due. Returns how many addresses it looked at. */
  #find(torrent: Torrent, { peers, room }: Connected): number {
    const { hasPeers, isWanting, onCrowded } = this.#options;
    if (!hasPeers(torrent.record.id) || !isWanting(torrent)) return 0;
    const known = [...this.#options.peersOf(torrent.record.id)];
    const due = this.#due(torrent, known, peers);
    for (const remote of due.slice(0, Math.max(0, room))) {
      if (this.#dialling.size >= finderLimits.dialling) break;
      void this.#dial(torrent, remote);
    }
    if (room <= 0 && due.length > 0) onCrowded?.(torrent);
    return known.length;
  }

  /** The addresses that may be dialled now: first those that never were, then those that were the longest ago. */
  #due({ record: { id } }: Torrent, known: readonly Endpoint[], connected: ReadonlySet<string>): Endpoint[] {
    const now = this.#options.now();
    return known
      .filter((remote) => !connected.has(formatEndpoint(remote)))
      .map((remote) => ({ remote, key: pauseKeyOf(id, remote) }))
      .filter(({ key }) => !this.#dialling.has(key))
      .map(({ remote, key }) => ({ remote, untilMs: this.#pauses.get(key)?.untilMs ?? 0 }))
      .filter(({ untilMs }) => untilMs <= now)
      .sort((one, other) => one.untilMs - other.untilMs)
      .map(({ remote }) => remote);
  }

  async #dial(torrent: Torrent, remote: Endpoint): Promise<void> {
    const { listener, torrentOf } = this.#options;
    const key = pauseKeyOf(torrent.record.id, remote);
    this.#dialling.add(key);
    const opened = await listener.dial(torrentOf(torrent), remote);
    this.#dialling.delete(key);
    this.#pause(key, opened);
  }

  /** An address that has answered is not dialled again and again either. */
  #pause(key: string, opened: boolean): void {
    const { backoff } = this.#pauses.get(key) ?? { backoff: new Backoff(delays) };
    if (opened) backoff.reset();
    const pauseMs = opened ? finderLimits.backoffMs : backoff.next();
    this.#pauses.delete(key);
    this.#pauses.set(key, { untilMs: this.#options.now() + pauseMs, backoff });
    const [oldest] = this.#pauses.keys();
    if (this.#pauses.size > finderLimits.pausesMax && oldest !== undefined) this.#pauses.delete(oldest);
  }
}

/** The key of a pause: an address that does not answer for one torrent may well do so for another. */
function pauseKeyOf(id: TorrentId, remote: Endpoint): string {
  return `${id} ${formatEndpoint(remote)}`;
}
