/**
 * Every limit of the HTTP server in one table, each with its reason. Tests override single entries; nothing else does,
 * except the two that the configuration knows (`bodyBytes` and the times of a drain at the end).
 *
 * Times are kept by a sweep over all connections every `sweepMs` instead of a timer for each, so they are met late by
 * up to one sweep, never early.
 */
export interface HttpLimits {
  readonly methodBytes: number;
  readonly targetBytes: number;
  readonly fieldLineBytes: number;
  readonly fieldSectionBytes: number;
  readonly fieldCount: number;
  readonly leadingEmptyLines: number;
  readonly chunkSizeDigits: number;
  readonly chunkExtensionBytes: number;
  readonly chunkExtensionBytesTotal: number;
  readonly bodyBytes: number;
  readonly aheadBytes: number;
  readonly answerBatchBytes: number;
  readonly writeBytes: number;
  readonly drainBytes: number;
  readonly lingerBytes: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly refusals: number;
  readonly sweepMs: number;
  readonly headMs: number;
  readonly idleMs: number;
  readonly bodyGraceMs: number;
  readonly bodyBytesPerSecond: number;
  readonly stallMs: number;
  readonly drainMs: number;
  readonly lingerMs: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const httpLimits: HttpLimits = {
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
  aheadBytes: 64 * KiB, // received while a request is answered; then the socket is not read
  answerBatchBytes: 64 * KiB, // small answers to pipelined requests gathered for one write
  writeBytes: 256 * KiB, // handed to the kernel at once: `stallMs` is for this much

  // What is read and thrown away.
  drainBytes: 1 * MiB, // the rest of a body nobody wanted, to keep the connection: cheaper than a new connection
  lingerBytes: 64 * MiB, // after the last answer, until the client has seen it (RFC 9112 9.6)

  // Connections. Past these: 503 for `refusals` of them, the others are cut.
  connections: 4096, // about 12 KB each
  connectionsPerAddress: 2048, // one address cannot take all; on loopback all clients share one
  refusals: 64, // connections that are being told 503

  // Time.
  sweepMs: 250, // a thousand connections take well under a millisecond
  headMs: 10_000, // from the first byte of a request to the end of its head: 408
  idleMs: 60_000, // nothing of a (next) request: closed without a word; browsers keep connections for a minute or more
  bodyGraceMs: 10_000, // a body may pause this long in all before its rate counts: 408
  bodyBytesPerSecond: 512, // of the time that was spent waiting for the body; a modem does 4 KB
  stallMs: 60_000, // no `writeBytes` taken by the client: cut; 4 KB a second passes
  drainMs: 5_000, // for `drainBytes`
  lingerMs: 5_000, // for `lingerBytes`; covers a resend by a slow client's TCP
};
