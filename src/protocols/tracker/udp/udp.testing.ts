/** Datagrams of a UDP tracker's client, for tests. */
import { udpAction } from './types.ts';

const noId = Buffer.alloc(8);

export function connectRequest(transaction = 0x01020304): Buffer {
  const datagram = Buffer.alloc(16);
  datagram.writeBigUInt64BE(0x41727101980n, 0);
  datagram.writeUInt32BE(transaction, 12);
  return datagram;
}

export interface AnnounceFields {
  readonly id?: Uint8Array;
  readonly transaction?: number;
  /** 40 hex digits. */
  readonly infoHash?: string;
  readonly peerId?: string;
  readonly left?: bigint;
  readonly event?: number;
  readonly ip?: number;
  readonly wanted?: number;
  readonly port?: number;
}

export function announceRequest(fields: AnnounceFields = {}): Buffer {
  const { id = noId, transaction = 5, infoHash = 'ab'.repeat(20), peerId = '-XX0001-abcdefghijkl' } = fields;
  const datagram = Buffer.alloc(98);
  datagram.set(id);
  datagram.writeUInt32BE(udpAction.announce, 8);
  datagram.writeUInt32BE(transaction, 12);
  datagram.write(infoHash, 16, 'hex');
  datagram.write(peerId, 36, 'latin1');
  datagram.writeBigUInt64BE(fields.left ?? 1n, 64);
  datagram.writeUInt32BE(fields.event ?? 0, 80);
  datagram.writeUInt32BE(fields.ip ?? 0, 84);
  datagram.writeInt32BE(fields.wanted ?? -1, 92);
  datagram.writeUInt16BE(fields.port ?? 6881, 96);
  return datagram;
}

/** `hashes`: 40 hex digits each. */
export function scrapeRequest(hashes: readonly string[], id: Uint8Array = noId, transaction = 6): Buffer {
  const head = Buffer.alloc(16);
  head.set(id);
  head.writeUInt32BE(udpAction.scrape, 8);
  head.writeUInt32BE(transaction, 12);
  return Buffer.concat([head, ...hashes.map((hash) => Buffer.from(hash, 'hex'))]);
}
