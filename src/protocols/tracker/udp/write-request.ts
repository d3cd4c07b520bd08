/** Requests to a UDP tracker (BEP 15, 41). The layouts are in `types.ts`. */
import type { ClientAnnounce } from '../types.ts';
import { at, connectMagic, udpAction, udpBytes, udpEvents, urlDataOption } from './types.ts';

/** A connect request; `transaction`: 32 bits that nobody else could guess. */
export function encodeConnectRequest(transaction: number): Buffer {
  const request = Buffer.alloc(udpBytes.connect);
  request.writeUInt32BE(connectMagic.high, 0);
  request.writeUInt32BE(connectMagic.low, 4);
  request.writeUInt32BE(udpAction.connect, at.action);
  request.writeUInt32BE(transaction, at.transaction);
  return request;
}

export interface AnnounceRequestHead {
  /** The connection id, 8 bytes, not older than a minute. */
  readonly connectionId: Uint8Array;
  readonly transaction: number;
  /** Path and query of the tracker's URL, where a private tracker has its passkey. */
  readonly path?: string;
}

/** An announce request. The address of the client is left to the tracker to see. */
export function encodeAnnounceRequest(head: AnnounceRequestHead, announce: ClientAnnounce): Buffer {
  const request = Buffer.alloc(udpBytes.announce);
  request.set(head.connectionId, at.connectionId);
  request.writeUInt32BE(udpAction.announce, at.action);
  request.writeUInt32BE(head.transaction, at.transaction);
  request.set(announce.infoHash, at.infoHash);
  request.set(announce.peerId, at.peerId);
  request.writeBigUInt64BE(BigInt(announce.downloadedBytes), at.downloaded);
  request.writeBigUInt64BE(BigInt(announce.leftBytes), at.left);
  request.writeBigUInt64BE(BigInt(announce.uploadedBytes), at.uploaded);
  request.writeUInt32BE(udpEvents.indexOf(announce.event), at.event);
  request.writeUInt32BE(announce.key, at.key);
  request.writeInt32BE(announce.wanted, at.wanted);
  request.writeUInt16BE(announce.port, at.port);
  return Buffer.concat([request, ...urlData(head.path ?? '')]);
}

/** The options that carry `path`, in parts of 255 bytes (BEP 41, "URLData"). */
function urlData(path: string): Buffer[] {
  const bytes = Buffer.from(path);
  return Array.from({ length: Math.ceil(bytes.length / 255) }, (_, index) => {
    const part = bytes.subarray(index * 255, (index + 1) * 255);
    return Buffer.concat([Buffer.of(urlDataOption, part.length), part]);
  });
}
