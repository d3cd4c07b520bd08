/**
 * Responses of the HTTP tracker (BEP 3, "trackers"; BEP 7, 23, 24, 48): bencode with sorted keys, always with status
 * 200, since clients read no other.
 *
 *     d8:completei1e11:external ip4:…10:incompletei2e8:intervali1800e12:min intervali900e5:peers12:…e
 *     d14:failure reason22:info_hash is missing…e
 *     d5:filesd20:…d8:completei1e10:downloadedi0e10:incompletei0eeee
 */
import type { TorrentId } from '../../../bytes/ids.ts';
import { formatIp, type IpAddress } from '../../../bytes/ip.ts';
import type { BencodeValue } from '../../bencode/types.ts';
import { encodeBencode } from '../../bencode/write.ts';
import {
  type AnnounceResponse,
  announceTimes,
  compactBytes,
  hashBytes,
  type PeerList,
  type SwarmCounts,
} from '../types.ts';

/**
 * The compact response (BEP 23), with `peers6` (BEP 7) where there are any, and the client's own address as we see it
 * (BEP 24). Written out instead of by `encodeBencode`, since this is done ten thousand times a second; a test holds the
 * two together.
 */
export function encodeCompactAnnounce(answer: AnnounceResponse, client: IpAddress): Buffer {
  const { interval, seeders, leechers, ipv4, ipv6 } = answer;
  const parts = [
    Buffer.from(`d8:completei${seeders}e11:external ip${client.length}:`),
    client,
    Buffer.from(
      `10:incompletei${leechers}e8:intervali${interval}e12:min intervali${announceTimes.minInterval}e` +
        `5:peers${ipv4.compact.length}:`,
    ),
    ipv4.compact,
  ];
  if (ipv6.compact.length > 0) parts.push(Buffer.from(`6:peers6${ipv6.compact.length}:`), ipv6.compact);
  parts.push(end);
  return Buffer.concat(parts);
}

const end = Buffer.from('e');

/** The response with dictionaries (BEP 3, "trackers"): peers of both families, with ids where `answer` has them. */
export function encodeDictionaryAnnounce(answer: AnnounceResponse, client: IpAddress): Buffer {
  return encodeBencode({
    complete: answer.seeders,
    'external ip': client,
    incomplete: answer.leechers,
    interval: answer.interval,
    'min interval': announceTimes.minInterval,
    peers: [...dictionaries(answer.ipv4, compactBytes.ipv4), ...dictionaries(answer.ipv6, compactBytes.ipv6)],
  });
}

function dictionaries({ compact, ids }: PeerList, bytes: number): BencodeValue[] {
  return Array.from({ length: compact.length / bytes }, (_, index) => {
    const portAt = (index + 1) * bytes - 2;
    return {
      ip: formatIp(compact.subarray(index * bytes, portAt)),
      'peer id': ids.length === 0 ? undefined : ids.subarray(index * hashBytes, (index + 1) * hashBytes),
      port: compact.readUInt16BE(portAt),
    };
  });
}

/** The response to a scrape (BEP 48). The keys are raw hashes: bytes, which no string would carry unharmed. */
export function encodeScrape(files: ReadonlyMap<TorrentId, SwarmCounts>): Buffer {
  const entries = new Map<Uint8Array, BencodeValue>();
  for (const [infoHash, { seeders, completed, leechers }] of files) {
    const counts = { complete: seeders, downloaded: completed, incomplete: leechers };
    entries.set(Buffer.from(infoHash, 'hex'), counts);
  }
  return encodeBencode({ files: entries });
}

/** A refusal (BEP 3, "failure reason"). */
export function encodeFailure(reason: string): Buffer {
  return encodeBencode({ 'failure reason': reason });
}
