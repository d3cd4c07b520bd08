/**
 * Responses of a UDP tracker (BEP 15) to values. The socket takes care that they came from the tracker's address. The
 * layouts are in `types.ts`.
 */
import { parseCompactPeers } from '../peer-addresses.ts';
import { reasonText } from '../response-text.ts';
import type { TrackerFailure, TrackerResponse } from '../types.ts';
import { at, responseAt, udpAction, udpResponseBytes } from './types.ts';

/**
 * Whether `datagram` is the response to `request`, or the error in its place. Other datagrams are to be ignored: they
 * may be late, or forged.
 */
export function answers(request: Buffer, datagram: Buffer): boolean {
  if (datagram.length < udpResponseBytes.errorHead) return false;
  if (datagram.readUInt32BE(responseAt.transaction) !== request.readUInt32BE(at.transaction)) return false;
  const action = datagram.readUInt32BE(responseAt.action);
  if (action === udpAction.error) return true;
  const bytes = action === udpAction.connect ? udpResponseBytes.connect : udpResponseBytes.announceHead;
  return action === request.readUInt32BE(at.action) && datagram.length >= bytes;
}

/** The response to a connect request. */
export type ConnectResponse = TrackerFailure | { readonly kind: 'connected'; readonly connectionId: Buffer };

/** The response to a connect request in a datagram that `answers` it. */
export function parseUdpConnectResponse(datagram: Buffer): ConnectResponse {
  if (isError(datagram)) return failureOf(datagram);
  const connectionId = datagram.subarray(responseAt.connectionId, udpResponseBytes.connect);
  return { kind: 'connected', connectionId };
}

/** The response to an announce, from an address of `family`. Throws TrackerError where a peer is cut. */
export function parseUdpAnnounceResponse(datagram: Buffer, family: 'ipv4' | 'ipv6'): TrackerResponse {
  if (isError(datagram)) return failureOf(datagram);
  return {
    kind: 'peers',
    peers: parseCompactPeers(datagram.subarray(responseAt.peers), family),
    interval: datagram.readUInt32BE(responseAt.interval),
    minInterval: undefined,
    warning: undefined,
    seeders: datagram.readUInt32BE(responseAt.seeders),
    leechers: datagram.readUInt32BE(responseAt.leechers),
    trackerId: undefined,
  };
}

function isError(datagram: Buffer): boolean {
  return datagram.readUInt32BE(responseAt.action) === udpAction.error;
}

/** The failure in an error packet, which knows no `retry in`: BEP 31 is for HTTP alone. */
function failureOf(datagram: Buffer): TrackerFailure {
  return { kind: 'failure', reason: reasonText(datagram.subarray(responseAt.text)), retryIn: undefined };
}
