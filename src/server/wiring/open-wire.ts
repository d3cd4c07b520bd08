/** Puts the wire listener together with the files that it serves, the tracker, and the peers that are found there. */

import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../async/clock.ts';
import { isHeldHere, ListedContent } from '../../bittorrent/holders/listed-content.ts';
import type { WireConnection } from '../../bittorrent/peers/connection.ts';
import { WireFinder } from '../../bittorrent/peers/finder.ts';
import { WireListener } from '../../bittorrent/peers/listener.ts';
import { wireTorrent } from '../../bittorrent/peers/make-torrent.ts';
import { claimsToBe, makePeerId } from '../../bittorrent/peers/peer-id.ts';
import type { WireTorrent } from '../../bittorrent/peers/torrent.ts';
import type { Tracker } from '../../bittorrent/tracker/tracker.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { formatIp } from '../../bytes/ip.ts';
import type { Traces } from '../../bytes/trace.ts';
import type { Log } from '../../io/log.ts';
import { trackerLimits } from '../../protocols/tracker/types.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { Config } from '../config/config.ts';
import type { Domain } from './open-domain.ts';
import { createOwnPeer } from './own-peer.ts';

/** The interval at which peers are looked for, and looked at. */
const findMs = 2_000;

export interface OpenWire {
  readonly listener: WireListener;
  /** Ends all connections, and looks for no more peers. */
  close(): Promise<void>;
}

export interface WireOptions {
  readonly config: Config;
  readonly log: Log;
  readonly traces?: Traces | undefined;
}

/** Fails with a system error, such as EADDRINUSE. */
export async function openWire(
  { config, log, traces }: WireOptions,
  domain: Domain,
  clock: Clock = systemClock,
): Promise<OpenWire> {
  const { http, wire } = config;
  const { catalog, pieceCache: cache, wireHolders, tracker } = domain;
  const peerId = makePeerId('server', randomBytes(11));
  const listener = await WireListener.open({
    host: http.host,
    port: wire.port,
    peerId,
    torrentOf: (infoHash) => torrentByHash(domain, infoHash),
    cache,
    version: () => catalog.version,
    onOpen: (connection) => wireHolders.open(connection, entryOf(catalog, connection)),
    // Nodes of ours stay: what they have is shown.
    keeps: (connection) => claimsToBe(connection.peerId, 'node'),
    log,
    trace: traces?.wire,
    clock,
  });
  tracker.ownPeer = createOwnPeer({ catalog, port: listener.port, peerId, clock });
  const finder = new WireFinder({
    torrents: () => catalog.entries(),
    listener,
    hasPeers: (id) => tracker.counts(id).seeders + tracker.counts(id).leechers > 0,
    peersOf: (id) => peersOf(tracker, id),
    torrentOf: (entry) => wireTorrent(new ListedContent(entry, domain.fetch)),
    isWanting: (entry: TorrentEntry) => !isHeldHere(entry),
    now: () => clock.now(),
  });
  const stopFinding = clock.every(findMs, () => {
    finder.sweep();
    keepOffered(domain, listener);
    domain.seeding.look();
  });
  const close = async (): Promise<void> => {
    stopFinding();
    await listener.close();
  };
  return { listener, close };
}

/** The entry that a connection is for. Throws WireError when the file was removed since the handshakes began. */
function entryOf(catalog: Catalog, { torrent }: WireConnection): TorrentEntry {
  const entry = catalog.get(torrent.content.record.id);
  if (entry === undefined) throw new WireError('unknown-torrent', 'the file was removed');
  return entry;
}

/** The torrent with that info-hash: v1, or v2 cut to 20 bytes (BEP 52, "infohash"); undefined when no file has it. */
function torrentByHash({ catalog, fetch }: Domain, infoHash: Buffer): WireTorrent | undefined {
  const entry = catalog.byInfoHash(infoHash.toString('hex'));
  return entry && wireTorrent(new ListedContent(entry, fetch), infoHash);
}

/** Has storage peers get copies of what only wire peers have: those come and go as they please. */
function keepOffered({ catalog, replicator, registry }: Domain, listener: WireListener): void {
  if (registry.online().length === 0) return;
  const offered = new Set<TorrentId>();
  for (const { torrent, session } of listener.peers)
    if (session.pieces.count > 0) offered.add(torrent.content.record.id);
  for (const id of offered) {
    const entry = catalog.get(id);
    if (entry !== undefined && !isHeldHere(entry)) replicator.repairSoon(id);
  }
}

/** Peers that the finder may dial: a sample, which costs the same however many have announced themselves. */
function peersOf(tracker: Tracker, id: TorrentId): Endpoint[] {
  return tracker
    .peersOf(id, trackerLimits.wantedMax)
    .map(({ address, port }) => ({ address: formatIp(address), port }));
}
