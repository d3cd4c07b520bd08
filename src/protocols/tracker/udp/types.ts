/**
 * The datagrams of the UDP tracker (BEP 15). All numbers are big-endian and unsigned; `id` is the connection id, `tx`
 * the transaction id, which an answer repeats.
 *
 *     offset   0         8        12       16
 *     connect  magic     0        tx                                                                       16 bytes
 *     answer   0 | tx    id                                                                                16
 *
 *     offset   0         8        12       16         36       56   64   72   80    84  88  92   96
 *     announce id        1        tx       info_hash  peer_id  done left up   event ip  key want port      98, or more
 *     answer   1 | tx    interval leechers seeders    then address and port of each, 6 or 18 bytes         20 + 6n
 *
 *     scrape   id        2        tx       info_hash of each torrent                                       16 + 20n
 *     answer   2 | tx    then seeders, completed, leechers of each, in that order                          8 + 12n
 *
 *     error    3 | tx    text                                                                              8 + text
 */
export const udpAction = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;

/** What a connect request begins with, in two halves. */
export const connectMagic = { high: 0x417, low: 0x27101980 } as const;

/** Of the requests; options may follow an announce (BEP 41), so longer ones are read like the shortest. */
export const udpBytes = { connect: 16, announce: 98, scrapeHead: 16 } as const;

/** Where the fields of a request are. */
export const at = {
  connectionId: 0,
  action: 8,
  transaction: 12,
  infoHash: 16,
  peerId: 36,
  left: 64,
  event: 80,
  wanted: 92,
  port: 96,
} as const;
