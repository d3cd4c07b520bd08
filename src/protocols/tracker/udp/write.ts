/** Responses of the UDP tracker (BEP 15) to the datagram `request`. The layouts are in `types.ts`. */
import type { AnnounceResponse, PeerList, SwarmCounts } from '../types.ts';
import { at, responseAt, udpAction, udpResponseBytes } from './types.ts';

/** The response to a connect request; `connectionId`: 8 bytes. */
export function encodeConnect(request: Buffer, connectionId: Uint8Array): Buffer {
  const response = responseTo(request, udpAction.connect, udpResponseBytes.connect);
  response.set(connectionId, responseAt.connectionId);
  return response;
}

/**
 * The response to an announce; `peers` are of the family of `request`, since the client takes all addresses for such.
 */
export function encodeAnnounce(
  request: Buffer,
  { interval, leechers, seeders }: AnnounceResponse,
  peers: PeerList,
): Buffer {
  const response = responseTo(request, udpAction.announce, udpResponseBytes.announceHead + peers.compact.length);
  response.writeUInt32BE(interval, responseAt.interval);
  response.writeUInt32BE(leechers, responseAt.leechers);
  response.writeUInt32BE(seeders, responseAt.seeders);
  response.set(peers.compact, responseAt.peers);
  return response;
}

/** The response to a scrape; `files` in the order of the request. */
export function encodeScrape(request: Buffer, files: readonly SwarmCounts[]): Buffer {
  const response = responseTo(request, udpAction.scrape, 8 + files.length * 12);
  for (const [index, { seeders, completed, leechers }] of files.entries()) {
    response.writeUInt32BE(seeders, 8 + index * 12);
    response.writeUInt32BE(completed, 12 + index * 12);
    response.writeUInt32BE(leechers, 16 + index * 12);
  }
  return response;
}

/** An error, no longer than `request`, whose source may be forged; the text is cut to fit. */
export function encodeError(request: Buffer, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, Math.max(0, request.length - udpResponseBytes.errorHead));
  const response = responseTo(request, udpAction.error, udpResponseBytes.errorHead + text.length);
  response.set(text, responseAt.text);
  return response;
}

function responseTo(request: Buffer, action: number, bytes: number): Buffer {
  const response = Buffer.allocUnsafe(bytes);
  response.writeUInt32BE(action, responseAt.action);
  request.copy(response, responseAt.transaction, at.transaction, at.transaction + 4);
  return response;
}
