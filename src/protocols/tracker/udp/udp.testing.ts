/** Requests to a UDP tracker, for tests: those of our client, and what no client of ours would say. */
import { at, udpAction } from './types.ts';
import { encodeAnnounceRequest, encodeConnectRequest } from './write-request.ts';

const noId = Buffer.alloc(8);

export function connectRequest(transaction = 0x01020304): Buffer {
  return encodeConnectRequest(transaction);
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
  const datagram = encodeAnnounceRequest(
    { connectionId: id, transaction },
    {
      infoHash: Buffer.from(infoHash, 'hex'),
      peerId: Buffer.from(peerId, 'latin1'),
      port: fields.port ?? 6881,
      uploadedBytes: 0,
      downloadedBytes: 0,
      leftBytes: 1,
      event: 'none',
      wanted: fields.wanted ?? -1,
      key: 0,
    },
  );
  if (fields.left !== undefined) datagram.writeBigUInt64BE(fields.left, at.left);
  if (fields.event !== undefined) datagram.writeUInt32BE(fields.event, at.event);
  if (fields.ip !== undefined) datagram.writeUInt32BE(fields.ip, at.ip);
  return datagram;
}

/** `hashes`: 40 hex digits each. */
export function scrapeRequest(hashes: readonly string[], id: Uint8Array = noId, transaction = 6): Buffer {
  const head = Buffer.alloc(16);
  head.set(id);
  head.writeUInt32BE(udpAction.scrape, at.action);
  head.writeUInt32BE(transaction, at.transaction);
  return Buffer.concat([head, ...hashes.map((hash) => Buffer.from(hash, 'hex'))]);
}
