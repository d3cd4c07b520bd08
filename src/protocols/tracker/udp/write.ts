/** Answers of the UDP tracker (BEP 15); `request` is the datagram that is answered. The layouts are in `types.ts`. */
import type { AnnounceResponse, PeerList, SwarmCounts } from '../types.ts';
import { responseAt, at, udpAction, udpResponseBytes } from './types.ts';

/** `connectionId`: 8 bytes. */
export function encodeConnect(request: Buffer, connectionId: Uint8Array): Buffer {
  const answer = answerTo(request, udpAction.connect, udpResponseBytes.connect);
  answer.set(connectionId, responseAt.connectionId);
  return answer;
}

/** `peers`: of the family that the datagram came by, since the client takes all addresses for such. */
export function encodeAnnounce(
  request: Buffer,
  { interval, leechers, seeders }: AnnounceResponse,
  peers: PeerList,
): Buffer {
  const answer = answerTo(request, udpAction.announce, udpResponseBytes.announceHead + peers.compact.length);
  answer.writeUInt32BE(interval, responseAt.interval);
  answer.writeUInt32BE(leechers, responseAt.leechers);
  answer.writeUInt32BE(seeders, responseAt.seeders);
  answer.set(peers.compact, responseAt.peers);
  return answer;
}

/** `files` in the order of the request. */
export function encodeScrape(request: Buffer, files: readonly SwarmCounts[]): Buffer {
  const answer = answerTo(request, udpAction.scrape, 8 + files.length * 12);
  for (const [index, { seeders, completed, leechers }] of files.entries()) {
    answer.writeUInt32BE(seeders, 8 + index * 12);
    answer.writeUInt32BE(completed, 12 + index * 12);
    answer.writeUInt32BE(leechers, 16 + index * 12);
  }
  return answer;
}

/** No longer than `request`, whose source may be forged; the text is cut to fit. */
export function encodeError(request: Buffer, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, Math.max(0, request.length - udpResponseBytes.errorHead));
  const answer = answerTo(request, udpAction.error, udpResponseBytes.errorHead + text.length);
  answer.set(text, responseAt.text);
  return answer;
}

function answerTo(request: Buffer, action: number, bytes: number): Buffer {
  const answer = Buffer.allocUnsafe(bytes);
  answer.writeUInt32BE(action, responseAt.action);
  request.copy(answer, responseAt.transaction, at.transaction, at.transaction + 4);
  return answer;
}
