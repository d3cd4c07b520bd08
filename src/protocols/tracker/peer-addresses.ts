/**
 * The peers in the response of a tracker, from the compact form (BEP 7, 15, 23) to endpoints. The list comes from a
 * stranger, and all in it are dialled, so what cannot be a peer is left out here.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import { formatIp, isAnyIp, parseIp } from '../../bytes/ip.ts';
import { TrackerError } from './errors.ts';
import { canBeHandedOut, compactBytes, responseLimits } from './types.ts';

/** The peers of one family in `bytes`, the first few hundred. Throws TrackerError when one is cut. */
export function parseCompactPeers(bytes: Buffer, family: keyof typeof compactBytes): Endpoint[] {
  const each = compactBytes[family];
  if (bytes.length % each !== 0)
    throw new TrackerError('bad-answer', `${bytes.length} bytes are no list of peers of ${each} bytes`, 'drop');
  const count = Math.min(bytes.length / each, responseLimits.peersMax);
  return Array.from({ length: count }, (_, index) => {
    const peer = bytes.subarray(index * each, (index + 1) * each);
    return peerAt(formatIp(peer.subarray(0, each - 2)), peer.readUInt16BE(each - 2));
  }).filter((peer) => peer !== undefined);
}

/** The peer at an address in any notation; undefined for a name, 0.0.0.0, port 0, a mail server. */
export function peerAt(text: string, port: number): Endpoint | undefined {
  const address = parseIp(text);
  const isPort = Number.isInteger(port) && port > 0 && port <= 0xffff && canBeHandedOut(port);
  return address === undefined || isAnyIp(address) || !isPort ? undefined : { address: formatIp(address), port };
}
