/** Puts the wire door together with the files it gives, the tracker it is found by, and the peers it finds there. */

import { randomBytes } from 'node:crypto';
import { isHeldHere } from '../../bittorrent/peers/availability.ts';
import { WireFinder } from '../../bittorrent/peers/finder.ts';
import { WireListener } from '../../bittorrent/peers/listener.ts';
import { wireTorrent, wireTorrentByHash } from '../../bittorrent/peers/make-torrent.ts';
import { claimsToBe, makePeerId } from '../../bittorrent/peers/peer-id.ts';
import type { Tracker } from '../../bittorrent/tracker/tracker.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { formatIp } from '../../bytes/ip.ts';
import type { Log } from '../../io/log.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { Config } from '../config/config.ts';
import type { Domain } from './open-domain.ts';
import { createOwnPeer } from './own-peer.ts';

/** How often peers are looked for, and looked at. */
const findMs = 2_000;

export interface OpenWire {
  readonly door: WireListener;
  /** Ends all connections, and looks for no more peers. */
  close(): Promise<void>;
}

/** Fails with a system error, such as EADDRINUSE. */
export async function openWire({ http, wire }: Config, log: Log, domain: Domain): Promise<OpenWire> {
  const { catalog, pieceCache: cache, wireHolders: holders, tracker } = domain;
  const peerId = makePeerId('server', randomBytes(11));
  const door = await WireListener.open({
    host: http.host,
    port: wire.port,
    peerId,
    torrentOf: (infoHash) => wireTorrentByHash(catalog, infoHash),
    cache,
    version: () => catalog.version,
    peers: holders,
    // Nodes of ours stay: what they have is shown.
    keeps: (connection) => claimsToBe(connection.peerId, 'node'),
    log,
    random: Math.random,
  });
  tracker.ownPeer = createOwnPeer({ catalog, port: door.port, peerId, now: () => performance.now() });
  const finder = new WireFinder({
    catalog,
    door,
    hasPeers: (file) => tracker.counts(file).seeders + tracker.counts(file).leechers > 0,
    peersOf: (file) => peersOf(tracker, file),
    torrentOf: (entry) => wireTorrent(entry),
    isWanting: (entry) => !isHeldHere(entry),
    now: Date.now,
  });
  const finding = setInterval(() => {
    finder.sweep();
    keepOffered(domain, door);
    domain.seeding.look();
  }, findMs);
  const close = async (): Promise<void> => {
    clearInterval(finding);
    await door.close();
  };
  return { door, close };
}

/** Storage peers get copies of what only wire peers have: those come and go as they please. */
function keepOffered({ keeper, registry }: Domain, door: WireListener): void {
  if (registry.online().length === 0) return;
  const offered = new Set<TorrentEntry>();
  for (const { torrent, session } of door.guests) if (session.pieces.count > 0) offered.add(torrent.entry);
  for (const entry of offered) if (!isHeldHere(entry)) keeper.mendSoon(entry.record.id);
}

function peersOf(tracker: Tracker, file: TorrentId): Endpoint[] {
  return tracker.peersOf(file).map(({ address, port }) => ({ address: formatIp(address), port }));
}
