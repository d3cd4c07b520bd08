/**
 * Before the status line it is known that somebody has every piece that an answer needs (DESIGN 5); else 503, naming
 * those nobody has.
 */
import { HttpError } from '../protocols/http/errors.ts';
import { PieceUnavailable } from '../swarm/fetch.ts';
import { piecesOf } from '../swarm/fetch-range.ts';
import type { FileEntry } from '../swarm/file-entry.ts';

/** A piece may come back at any time: worth another try soon. */
const retryAfterSeconds = '5';

/** Throws HttpError 503 unless every piece of the bytes `start` to `end`, both included, of each range is online. */
export function assertReachable(
  entry: FileEntry,
  ranges: readonly { readonly start: number; readonly end: number }[],
): void {
  const missing = new Set<number>();
  for (const { start, end } of ranges) {
    const { first, last } = piecesOf(entry, start, end);
    for (const part of entry.missing(first, last)) missing.add(part);
  }
  if (missing.size > 0) throw piecesMissing([...missing]);
}

/** What to answer when fetching fails with `error`: 503 where a piece was lost meanwhile, else the error itself. */
export function fetchFailure(error: unknown): unknown {
  return error instanceof PieceUnavailable ? piecesMissing([error.part], error) : error;
}

function piecesMissing(parts: readonly number[], cause?: unknown): HttpError {
  const message = `nobody online has ${parts.length} of the pieces needed: ${abridge(parts)}`;
  return new HttpError(503, 'pieces-missing', message, { cause, headers: [['Retry-After', retryAfterSeconds]] });
}

const namedPiecesMax = 20;

function abridge(parts: readonly number[]): string {
  const named = parts.slice(0, namedPiecesMax).join(', ');
  return parts.length > namedPiecesMax ? `${named}, and ${parts.length - namedPiecesMax} more` : named;
}
