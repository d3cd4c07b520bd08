/**
 * The tracker (BEP 3, 7, 15, 23, 48): what is asked and what is answered, whether over HTTP or UDP, and every limit. It
 * knows neither of the two encodings: those are in `http/` and `udp/`.
 *
 * Our tracker reads an `AnnounceRequest` and writes an `AnnounceResponse`; our client of others' trackers writes a
 * `ClientAnnounce` and reads a `TrackerResponse`.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';

/** BEP 3: what brought the client to announce; `none` at the regular interval. */
export type AnnounceEvent = 'none' | 'started' | 'completed' | 'stopped';

/** BEP 3: "I have this torrent, I listen there, who else is it?" The client's address is that of its packets. */
export interface AnnounceRequest {
  readonly infoHash: TorrentId;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where the client listens; 0 when nowhere (BEP 15). */
  readonly port: number;
  /** Whether nothing is left to be had: `left` is 0. */
  readonly seeder: boolean;
  readonly event: AnnounceEvent;
  /** How many peers are wanted, within the limits. */
  readonly wanted: number;
  /** Whether the answer has room for peers of the other address family (BEP 7): a UDP packet has not. */
  readonly bothFamilies: boolean;
  /** Whether the answer has room for the peers' ids: only dictionaries have. */
  readonly withIds: boolean;
}

/** Peers of one address family, so that each takes the same number of bytes. */
export interface PeerList {
  /** Address and port of each: 6 bytes for IPv4 (BEP 23), 18 for IPv6 (BEP 7). */
  readonly compact: Buffer;
  /** The id of each, 20 bytes; empty unless they were asked for. */
  readonly ids: Buffer;
}

export interface AnnounceResponse {
  /** Seconds until the client should announce again. */
  readonly interval: number;
  /** Of the whole swarm. */
  readonly seeders: number;
  readonly leechers: number;
  readonly ipv4: PeerList;
  readonly ipv6: PeerList;
}

/** What a scrape tells of one torrent (BEP 48). */
export interface SwarmCounts {
  readonly seeders: number;
  /** Downloads that came to their end, as far as clients said so. */
  readonly completed: number;
  readonly leechers: number;
}

/** What a client tells a tracker. */
export interface ClientAnnounce {
  /** 20 bytes. */
  readonly infoHash: Uint8Array;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where the client listens. */
  readonly port: number;
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  /** 0 makes it a seeder. */
  readonly leftBytes: number;
  readonly event: AnnounceEvent;
  /** How many peers it would like. */
  readonly wanted: number;
  /** 32 bits, by which the tracker knows the client again from another address, and which no peer is told. */
  readonly key: number;
  /** What the tracker called itself when it answered last (HTTP only). */
  readonly trackerId?: Uint8Array;
}

export type TrackerResponse = TrackerFailure | TrackerPeers;

export interface TrackerFailure {
  readonly kind: 'failure';
  /** The tracker's words, cut to `responseLimits.textMax` and fit for a terminal. */
  readonly reason: string;
  /** BEP 31: when it may be asked again, in minutes; undefined when it does not say. */
  readonly retryIn: number | 'never' | undefined;
}

export interface TrackerPeers {
  readonly kind: 'peers';
  readonly peers: readonly Endpoint[];
  /** Seconds until it wants to hear from the client again, and before which it does not; undefined when unsaid. */
  readonly interval: number | undefined;
  readonly minInterval: number | undefined;
  /** For the user; like a failure's reason. */
  readonly warning: string | undefined;
  /** Of the whole swarm; undefined when unsaid. */
  readonly seeders: number | undefined;
  readonly leechers: number | undefined;
  /** To be repeated in the next announce. */
  readonly trackerId: Uint8Array | undefined;
}

export const compactBytes = { ipv4: 6, ipv6: 18 } as const;
export const hashBytes = 20;

export const trackerLimits = {
  /** Peers in an answer when the client does not say (BEP 3), and at most: 200 are 1220 bytes by UDP, one packet. */
  wantedDefault: 50,
  wantedMax: 200,
  /** Torrents in one scrape (BEP 15): more do not fit into one packet. */
  scrapeMax: 74,
} as const;

/** Of what a tracker may make a client keep, whatever it sends. */
export const responseLimits = {
  /** Of an HTTP answer: 10,000 peers in dictionaries. */
  bytesMax: 1024 * 1024,
  /** Peers that are taken: ten times as many as are asked for. */
  peersMax: 500,
  /** Characters of a reason or a warning. */
  textMax: 200,
  trackerIdBytesMax: 256,
} as const;

export const announceTimes = {
  /** Seconds between two announces of a client (BEP 3). */
  interval: 1800,
  /** What is added to it at random, at most: a part of it. */
  spread: 0.05,
  /** The shortest that a client may choose. */
  minInterval: 900,
} as const;

/**
 * Services that bite: nobody listens for BitTorrent there, so who announces such a port wants others to connect to a
 * server that happens to be behind the same address (a NAT, a proxy).
 */
const baitPorts: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 13, 17, 19, 20, 21, 22, 23, 25, 37, 53, 67, 69, 79, 110, 111, 119, 123, 135, 137, 138, 139, 143],
  ...[161, 162, 179, 389, 445, 465, 514, 515, 587, 631, 636, 993, 995],
]);

/** Whether others may be told of a peer at `port`, and whether to believe who tells us of one. */
export function canBeHandedOut(port: number): boolean {
  return !baitPorts.has(port);
}

/** How many peers to give to a client that asks for `asked`; undefined or negative when it leaves that to us. */
export function peersWanted(asked: number | undefined): number {
  if (asked === undefined || asked < 0) return trackerLimits.wantedDefault;
  return Math.min(asked, trackerLimits.wantedMax);
}
