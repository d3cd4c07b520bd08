/**
 * Datagrams of the clients of the UDP tracker to values (BEP 15). Datagrams too short for any request are dropped. The
 * connection id is checked by `connection-id.ts`.
 */
import type { TorrentId } from '../../../bytes/ids.ts';
import { TrackerError } from '../errors.ts';
import { type AnnounceRequest, hashBytes, peersWanted, trackerLimits } from '../types.ts';
import { at, connectMagic, udpAction, udpBytes, udpEvents } from './types.ts';

/** The kind of a request; `unknown` for an action that BEP 15 does not have. */
export type UdpRequestKind = 'connect' | 'announce' | 'scrape' | 'unknown';

/** The kind of request in `datagram`. Throws a TrackerError whose answer is `drop` when it is no request at all. */
export function kindOf(datagram: Buffer): UdpRequestKind {
  if (datagram.length < udpBytes.connect) throw garbage();
  switch (datagram.readUInt32BE(at.action)) {
    case udpAction.connect:
      if (!isMagic(datagram)) throw garbage();
      return 'connect';
    case udpAction.announce:
      if (datagram.length < udpBytes.announce) throw garbage();
      return 'announce';
    case udpAction.scrape:
      if (datagram.length < udpBytes.scrapeHead + hashBytes) throw garbage();
      return 'scrape';
    default:
      return 'unknown';
  }
}

/** Reads an announce. The address in it is ignored: the client's is that of its datagrams. */
export function readAnnounce(datagram: Buffer): AnnounceRequest {
  return {
    infoHash: fileIdAt(datagram, at.infoHash),
    peerId: datagram.subarray(at.peerId, at.peerId + hashBytes),
    port: datagram.readUInt16BE(at.port),
    seeder: datagram.readUInt32BE(at.left) === 0 && datagram.readUInt32BE(at.left + 4) === 0,
    event: udpEvents[datagram.readUInt32BE(at.event)] ?? 'none',
    wanted: peersWanted(datagram.readInt32BE(at.wanted)),
    bothFamilies: false,
    withIds: false,
  };
}

/** Reads a scrape: the torrents asked about, the first 74 of them. Throws TrackerError. */
export function readScrape(datagram: Buffer): TorrentId[] {
  const count = (datagram.length - udpBytes.scrapeHead) / hashBytes;
  if (!Number.isInteger(count)) throw new TrackerError('bad-request', 'a cut hash');
  return Array.from({ length: Math.min(count, trackerLimits.scrapeMax) }, (_, index) =>
    fileIdAt(datagram, udpBytes.scrapeHead + index * hashBytes),
  );
}

function fileIdAt(datagram: Buffer, offset: number): TorrentId {
  return datagram.toString('hex', offset, offset + hashBytes) as TorrentId;
}

function isMagic(datagram: Buffer): boolean {
  return datagram.readUInt32BE(0) === connectMagic.high && datagram.readUInt32BE(4) === connectMagic.low;
}

function garbage(): TrackerError {
  return new TrackerError('garbage', 'no request of BEP 15', 'drop');
}
