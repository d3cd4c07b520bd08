/**
 * The tracker protocol (BEP 3, "trackers"; BEP 7, 15, 23, 48): requests and responses, whether over HTTP or UDP, and
 * every limit. The two encodings are in `http/` and `udp/`.
 *
 * Our tracker reads an `AnnounceRequest` and writes an `AnnounceResponse`; our client of others' trackers writes a
 * `ClientAnnounce` and reads a `TrackerResponse`.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';

/** The reason for an announce (BEP 3, "trackers"); `none` at the regular interval. */
export type AnnounceEvent = 'none' | 'started' | 'completed' | 'stopped';

/** An announce, as our tracker reads it (BEP 3, "trackers"). The client's address is that of its packets. */
export interface AnnounceRequest {
  readonly infoHash: TorrentId;
  /** The peer id of the client, 20 bytes. */
  readonly peerId: Uint8Array;
  /** The port on which the client listens; 0 for none (BEP 15). */
  readonly port: number;
  /** Whether the client has everything: `left` is 0. */
  readonly seeder: boolean;
  readonly event: AnnounceEvent;
  /** The number of peers that are wanted, within the limits. */
  readonly wanted: number;
  /** Whether the response has room for peers of the other address family (BEP 7): a UDP packet has not. */
  readonly bothFamilies: boolean;
  /** Whether the response has room for the ids of peers: only dictionaries have. */
  readonly withIds: boolean;
}

/** Peers of one address family, so that each takes the same number of bytes. */
export interface PeerList {
  /** Address and port of each peer: 6 bytes for IPv4 (BEP 23), 18 for IPv6 (BEP 7). */
  readonly compact: Buffer;
  /** The id of each peer, 20 bytes; empty unless ids were asked for. */
  readonly ids: Buffer;
}

/** The response of our tracker to an announce. */
export interface AnnounceResponse {
  /** Seconds until the client should announce again. */
  readonly interval: number;
  /** Seeders of the whole swarm. */
  readonly seeders: number;
  /** Leechers of the whole swarm. */
  readonly leechers: number;
  readonly ipv4: PeerList;
  readonly ipv6: PeerList;
}

/** The counts of one torrent in a scrape (BEP 48). */
export interface SwarmCounts {
  readonly seeders: number;
  /** Completed downloads, as far as clients said so. */
  readonly completed: number;
  readonly leechers: number;
}

/** An announce, as our client writes it (BEP 3, "trackers"). */
export interface ClientAnnounce {
  /** The info-hash of the torrent, 20 bytes. */
  readonly infoHash: Uint8Array;
  /** Our own peer id, 20 bytes. */
  readonly peerId: Uint8Array;
  /** The port on which we listen. */
  readonly port: number;
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  /** Bytes that are missing; 0 makes us a seeder. */
  readonly leftBytes: number;
  readonly event: AnnounceEvent;
  /** The number of peers that we would like. */
  readonly wanted: number;
  /**
   * A number of 32 bits by which the tracker knows us again from another address, and which no peer is told (BEP 15).
   */
  readonly key: number;
  /** The id that the tracker gave in its last response (HTTP only). */
  readonly trackerId?: Uint8Array;
}

/** The response of a tracker to our announce. */
export type TrackerResponse = TrackerFailure | TrackerPeers;

/** A refusal (BEP 3, "failure reason"). */
export interface TrackerFailure {
  readonly kind: 'failure';
  /** The words of the tracker, cut to `responseLimits.textMax` and fit for a terminal. */
  readonly reason: string;
  /** Minutes until the tracker may be asked again (BEP 31); undefined when it does not say. */
  readonly retryIn: number | 'never' | undefined;
}

/** A response that names peers. */
export interface TrackerPeers {
  readonly kind: 'peers';
  readonly peers: readonly Endpoint[];
  /** Seconds until the tracker wants the next announce; undefined when unsaid. */
  readonly interval: number | undefined;
  /** Seconds before which the tracker wants no announce; undefined when unsaid. */
  readonly minInterval: number | undefined;
  /** A text for the user, cut like the reason of a failure. */
  readonly warning: string | undefined;
  /** Seeders of the whole swarm; undefined when unsaid. */
  readonly seeders: number | undefined;
  /** Leechers of the whole swarm; undefined when unsaid. */
  readonly leechers: number | undefined;
  /** The id of the tracker, to be repeated in the next announce. */
  readonly trackerId: Uint8Array | undefined;
}

/** Bytes of a peer in compact lists (BEP 23, 7). */
export const compactBytes = { ipv4: 6, ipv6: 18 } as const;
/** Bytes of an info-hash, and of a peer id. */
export const hashBytes = 20;

export const trackerLimits = {
  /** Peers in a response when the client does not say. */
  wantedDefault: 50,
  /** Peers in a response at most: 200 are 1220 bytes by UDP, one packet. */
  wantedMax: 200,
  /** Torrents in one scrape (BEP 15, "Scrape"): more do not fit into one packet. */
  scrapeMax: 74,
} as const;

/** The most that a tracker may make a client keep, whatever it sends. */
export const responseLimits = {
  /** Bytes of an HTTP response: 10,000 peers in dictionaries. */
  bytesMax: 1024 * 1024,
  /** Peers that are taken: ten times as many as are asked for. */
  peersMax: 500,
  /** Characters of a reason or a warning. */
  textMax: 200,
  /** Bytes of the id of a tracker. */
  trackerIdBytesMax: 256,
} as const;

export const announceTimes = {
  /** Seconds between two announces of a client (BEP 3, "interval"). */
  interval: 1800,
  /** The share of the interval that is added at random, at most. */
  spread: 0.05,
  /** The shortest interval that a client may choose, in seconds. */
  minInterval: 900,
} as const;

/**
 * Ports of other services: nobody listens for BitTorrent there, so a client that announces such a port wants others to
 * connect to a server that happens to be behind the same address (a NAT, a proxy).
 */
const baitPorts: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 13, 17, 19, 20, 21, 22, 23, 25, 37, 53, 67, 69, 79, 110, 111, 119, 123, 135, 137, 138, 139, 143],
  ...[161, 162, 179, 389, 445, 465, 514, 515, 587, 631, 636, 993, 995],
]);

/** Whether peers may be told of a peer at `port`, and whether we dial a peer there. */
export function canBeHandedOut(port: number): boolean {
  return !baitPorts.has(port);
}

/** The number of peers for a client that asks for `asked`; undefined or negative when it leaves that to us. */
export function peersWanted(asked: number | undefined): number {
  if (asked === undefined || asked < 0) return trackerLimits.wantedDefault;
  return Math.min(asked, trackerLimits.wantedMax);
}
