/** The server in its own tracker: its wire listener is a seeder of every file that it can give completely. */

import type { Clock } from '../../async/clock.ts';
import { isHeldHere } from '../../bittorrent/holders/listed-content.ts';
import type { TrackedPeer } from '../../bittorrent/tracker/tracker.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { IpAddress } from '../../bytes/ip.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';

/**
 * The time for which it is remembered whether a file is complete: every piece is looked at for that, and thousands ask.
 */
const staleMs = 1000;

/** The files, and the address of the listener. */
export interface OwnPeerOptions {
  readonly catalog: Catalog;
  /** The port of the wire listener. */
  readonly port: number;
  readonly peerId: Uint8Array;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * A function that answers, for a torrent and an address of ours, where our seeder is; undefined when it has not all.
 */
export function createOwnPeer({ catalog, port, peerId, clock }: OwnPeerOptions) {
  const looked = new Map<TorrentId, { readonly atMs: number; readonly complete: boolean }>();
  const isComplete = (infoHash: TorrentId): boolean => {
    const entry = catalog.byInfoHash(infoHash);
    if (entry === undefined) {
      looked.delete(infoHash);
      return false;
    }
    const last = looked.get(infoHash);
    if (last !== undefined && clock.now() - last.atMs < staleMs) return last.complete;
    const complete = isHeldHere(entry);
    looked.set(infoHash, { atMs: clock.now(), complete });
    return complete;
  };
  return (infoHash: TorrentId, address: IpAddress): TrackedPeer | undefined =>
    isComplete(infoHash) ? { address, port, peerId } : undefined;
}
