/**
 * Finds the info dictionary of a torrent of which only the info-hash is known: trackers name peers, which are asked.
 */

import { connect } from 'node:net';
import type { Endpoint } from '../../../bytes/endpoint.ts';
import type { TorrentId } from '../../../bytes/ids.ts';
import { Announcer, type AnnouncerOptions } from '../announce/announcer.ts';
import { type Metadata, MetadataExchange } from './metadata-exchange.ts';

export interface InfoSearch
  extends Pick<AnnouncerOptions, 'peerId' | 'port' | 'tiers' | 'log' | 'random' | 'clock' | 'traces'> {
  readonly infoHash: TorrentId;
  /** Peers that may have the torrent, besides those that trackers name. */
  readonly peers: readonly Endpoint[];
  readonly onTrackerFailure?: ((tracker: string, reason: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Settles when a peer has given the info dictionary; fails when `signal` is aborted, with its reason. */
export async function findInfo({
  infoHash,
  peers,
  signal,
  onTrackerFailure,
  ...search
}: InfoSearch): Promise<Metadata> {
  const { peerId, port, log, clock, traces } = search;
  const dial = ({ address, port }: Endpoint) => connect({ host: address, port });
  const trace = traces?.wire;
  const exchange = new MetadataExchange({ infoHash, peerId, port, dial, log, trace, clock });
  const announcer = new Announcer({
    ...search,
    infoHash: Buffer.from(infoHash, 'hex'),
    progress: () => ({ uploadedBytes: 0, downloadedBytes: 0, leftBytes: undefined }),
    onPeers: (found) => exchange.offer(found),
    onFailure: (tracker, reason) => onTrackerFailure?.(tracker, reason),
  });
  exchange.offer(peers);
  announcer.start();
  try {
    return await exchange.fetch(signal);
  } finally {
    await announcer.stop();
  }
}
