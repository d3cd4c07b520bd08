/**
 * Every limit of the HTTP server in one table, each with its reason. The configuration sets `bodyBytes`; tests override
 * what they test; nothing else changes them.
 *
 * Times are checked by a sweep over all connections every `sweepMs`, instead of a timer for each: a time is overrun by
 * up to one sweep.
 */
export type HttpLimits = { readonly [Name in keyof typeof httpLimits]: number };

const KiB = 1024;
const MiB = 1024 * KiB;

export const httpLimits = {
  // The head of a request. Past these: 501, 414, 431.
  methodBytes: 32, // the longest registered one, UPDATEREDIRECTREF, has 17
  targetBytes: 8 * KiB, // RFC 9112 3 recommends at least 8000 bytes for the request line
  fieldLineBytes: 16 * KiB, // browsers send up to 4 KiB for one cookie, and several in one line
  fieldSectionBytes: 32 * KiB, // node:http takes 16 KiB, nginx 32 KiB
  fieldCount: 128, // browsers send about 15, proxies add a few; Apache takes 100
  leadingEmptyLines: 2, // RFC 9112 2.2 asks for one; old clients sent CRLF after a POST

  // The body. Past these: 400, 413.
  chunkSizeDigits: 16, // 2^53 - 1 has 14 hex digits; two more for clients that pad with zeros
  chunkExtensionBytes: 256, // no extension is in use; RFC 9112 7.1.1 asks for a limit
  chunkExtensionBytesTotal: 4 * KiB, // of one message, or a thousand one-byte chunks carry 256 KB of nothing
  bodyBytes: Number.POSITIVE_INFINITY, // `http.max_upload_bytes`; what a disk holds is the upload's own business

  // Memory for one connection.
  aheadBytes: 64 * KiB, // received while a request is answered, so the bound on pipelined ones; then nothing is read
  responseBatchBytes: 64 * KiB, // small responses to pipelined requests gathered for one write
  writeBytes: 256 * KiB, // handed to the kernel at once: `stallMs` is for this much

  // What is read and thrown away.
  drainBytes: 1 * MiB, // the rest of a body nobody wanted, to keep the connection: cheaper than a new connection
  lingerBytes: 64 * MiB, // after the last response, until the client has seen it (RFC 9112 9.6)

  // Connections. Past these: 503 for `refusals` of them, the others are cut.
  connections: 4096, // about 8 KB each while idle
  connectionsPerAddress: 2048, // one address cannot take all; on loopback all clients share one
  refusals: 64, // connections that are being told 503

  // Time.
  sweepMs: 250, // a thousand connections take well under a millisecond
  headMs: 10_000, // from the first byte of a request to the end of its head: 408
  idleMs: 60_000, // nothing of a (next) request: closed without a word; browsers keep connections for a minute or more
  bodyGraceMs: 10_000, // a body may let us wait this long at once, or in all if it comes slowly: 408
  bodyBytesPerSecond: 512, // what is slow, while we wait for it; a modem does 4 KB
  stallMs: 60_000, // no `writeBytes` taken by the client: cut; 4 KB a second passes
  drainMs: 5_000, // for `drainBytes`
  lingerMs: 5_000, // for `lingerBytes`; covers a resend by a slow client's TCP
};
