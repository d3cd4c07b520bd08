/**
 * Checks, before the status line is sent, that somebody online has every piece that a response needs; else 503 (RFC
 * 9110 15.6.4), which names the missing ones: after the status line a connection could only be cut.
 */
import { HttpError } from '../../protocols/http/errors.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { PieceUnavailable, piecesOf } from '../../storage/fetch/fetch.ts';
import type { PeerRegistry } from '../../storage/fifo/peer-registry.ts';
import { explainMissing } from './missing-pieces.ts';

/** The value of Retry-After (RFC 9110 10.2.3): short, since a piece may come back at any time. */
const retryAfterSeconds = '5';

/** The peers that are known, for the explanation. */
type Registry = Pick<PeerRegistry, 'all'>;

/** Throws HttpError 503 unless every piece of the bytes `start` to `end`, both included, of each range is online. */
export function assertReachable(
  registry: Registry,
  entry: TorrentEntry,
  ranges: readonly { readonly start: number; readonly end: number }[],
): void {
  const missing = new Set<number>();
  for (const { start, end } of ranges) {
    const { first, last } = piecesOf(entry, start, end);
    for (const pieceIndex of entry.missing(first, last)) missing.add(pieceIndex);
  }
  if (missing.size > 0) throw piecesMissing(registry, entry, [...missing]);
}

/** The error to throw when fetching fails with `error`: 503 if a piece was lost meanwhile, else `error` itself. */
export function fetchFailure(registry: Registry, entry: TorrentEntry, error: unknown): unknown {
  return error instanceof PieceUnavailable ? piecesMissing(registry, entry, [error.pieceIndex], error) : error;
}

function piecesMissing(registry: Registry, entry: TorrentEntry, pieces: readonly number[], cause?: unknown): HttpError {
  const message = explainMissing(entry, pieces, registry.all());
  return new HttpError(503, 'pieces-missing', message, { cause, headers: [['Retry-After', retryAfterSeconds]] });
}
