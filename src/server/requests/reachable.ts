/**
 * Before the status line it is known that somebody has every piece that an answer needs (DESIGN 5); else 503, naming
 * those nobody has.
 */
import { HttpError } from '../../protocols/http/errors.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { PieceUnavailable } from '../../storage/fetch/fetch.ts';
import { piecesOf } from '../../storage/fetch/fetch-range.ts';
import type { PeerRegistry } from '../../storage/fifo/peer-registry.ts';
import { explainMissing } from './missing-pieces.ts';

/** A piece may come back at any time: worth another try soon. */
const retryAfterSeconds = '5';

/** Who knows which peers there are, for the explanation. */
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
    for (const part of entry.missing(first, last)) missing.add(part);
  }
  if (missing.size > 0) throw piecesMissing(registry, entry, [...missing]);
}

/** What to answer when fetching fails with `error`: 503 where a piece was lost meanwhile, else the error itself. */
export function fetchFailure(registry: Registry, entry: TorrentEntry, error: unknown): unknown {
  return error instanceof PieceUnavailable ? piecesMissing(registry, entry, [error.part], error) : error;
}

function piecesMissing(registry: Registry, entry: TorrentEntry, parts: readonly number[], cause?: unknown): HttpError {
  const message = explainMissing(entry, parts, registry.all());
  return new HttpError(503, 'pieces-missing', message, { cause, headers: [['Retry-After', retryAfterSeconds]] });
}
