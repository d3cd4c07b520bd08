/**
 * A second try at pieces that nobody could read the last time: those of a disk that failed for a while. It is made
 * before a response says that pieces are missing, so that a copy that reads well again serves at once.
 */
import { inParallel } from '../../async/in-parallel.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { lastResortFor } from '../catalog/unreadable.ts';
import { fetchPiece, type PieceContext } from './fetch-piece.ts';

/** The pieces that are tried before one response: a disk that stays sick must not hold it up for long. */
const piecesMax = 32;
const atOnceMax = 4;

/** Reads missing pieces that could not be read the last time; those that read well count again. Never fails. */
export async function retryUnreadable(context: PieceContext, entry: TorrentEntry): Promise<void> {
  if (entry.losses.none || entry.state === 'available') return;
  const missing = entry.missing().filter((pieceIndex) => lastResortFor(entry, pieceIndex).length > 0);
  await inParallel(missing.slice(0, piecesMax), atOnceMax, async (pieceIndex) => {
    await fetchPiece(context, entry, pieceIndex).then(
      (piece) => piece.release(),
      () => {}, // it is missing, and the response says so
    );
  });
}
