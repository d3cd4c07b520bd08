/**
 * The datagrams of the UDP tracker (BEP 15). All numbers are big-endian and unsigned; `id` is the connection id, `tx`
 * the transaction id, which a response repeats.
 *
 *     offset   0         8        12       16
 *     connect  magic     0        tx                                                                       16 bytes
 *     response 0 | tx    id                                                                                16
 *
 *     offset   0         8        12       16         36       56   64   72   80    84  88  92   96
 *     announce id        1        tx       info_hash  peer_id  done left up   event ip  key want port      98, or more
 *     response 1 | tx    interval leechers seeders    then address and port of each, 6 or 18 bytes         20 + 6n
 *
 *     scrape   id        2        tx       info_hash of each torrent                                       16 + 20n
 *     response 2 | tx    then seeders, completed, leechers of each, in that order                          8 + 12n
 *
 *     error    3 | tx    text                                                                              8 + text
 *
 * Behind an announce there may be the path of the tracker's URL (BEP 41): a 2, a length, as many bytes; several times
 * for a long path, since a length has one byte.
 */
import type { AnnounceEvent } from '../types.ts';

/** The actions by name (BEP 15). */
export const udpAction = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;

/** The events by their numbers (BEP 15, "Announce"). */
export const udpEvents: readonly AnnounceEvent[] = ['none', 'completed', 'started', 'stopped'];

/** The first eight bytes of a connect request, in two halves (BEP 15, "Connect"). */
export const connectMagic = { high: 0x417, low: 0x27101980 } as const;

/** Bytes of the requests; options may follow an announce (BEP 41), so longer ones are read like the shortest. */
export const udpBytes = { connect: 16, announce: 98, scrapeHead: 16 } as const;

/** Bytes of the responses: each may be longer, but not shorter. */
export const udpResponseBytes = { connect: 16, announceHead: 20, errorHead: 8 } as const;

/** The option that carries the path of the URL (BEP 41, "URLData"). */
export const urlDataOption = 2;

/** The places of the fields of a response, in bytes. */
export const responseAt = {
  action: 0,
  transaction: 4,
  connectionId: 8,
  interval: 8,
  leechers: 12,
  seeders: 16,
  peers: 20,
  text: 8,
} as const;

/** The places of the fields of a request, in bytes. */
export const at = {
  connectionId: 0,
  action: 8,
  transaction: 12,
  infoHash: 16,
  peerId: 36,
  downloaded: 56,
  left: 64,
  uploaded: 72,
  event: 80,
  ip: 84,
  key: 88,
  wanted: 92,
  port: 96,
} as const;
