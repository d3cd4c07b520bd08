/** The server in its own tracker: its wire door is a seeder of every file that it can give whole. */

import { isHeldHere } from '../../bittorrent/holders/listed-content.ts';
import type { TrackedPeer } from '../../bittorrent/tracker/tracker.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { IpAddress } from '../../bytes/ip.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';

/** How old the answer may be whether a file is all there: it takes a look at every piece, and thousands ask. */
const staleMs = 1000;

export interface OwnPeerOptions {
  readonly catalog: Catalog;
  /** Of the wire door. */
  readonly port: number;
  readonly peerId: Uint8Array;
  /** Milliseconds, on a clock that is never set back. */
  readonly now: () => number;
}

/** What answers for a torrent and an address of ours where our seeder is; undefined when it cannot give the file. */
export function createOwnPeer({ catalog, port, peerId, now }: OwnPeerOptions) {
  const looked = new Map<TorrentId, { readonly atMs: number; readonly whole: boolean }>();
  const isWhole = (infoHash: TorrentId): boolean => {
    const entry = catalog.byInfoHash(infoHash);
    if (entry === undefined) {
      looked.delete(infoHash);
      return false;
    }
    const last = looked.get(infoHash);
    if (last !== undefined && now() - last.atMs < staleMs) return last.whole;
    const whole = isHeldHere(entry);
    looked.set(infoHash, { atMs: now(), whole });
    return whole;
  };
  return (infoHash: TorrentId, address: IpAddress): TrackedPeer | undefined =>
    isWhole(infoHash) ? { address, port, peerId } : undefined;
}
