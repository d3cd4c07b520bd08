/** Bytes of a file by position, on top of `fetchPieces`. */
import { pieceOffset } from '../../protocols/metainfo/types.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { type FetchContext, fetchPieces } from './fetch.ts';

/** The first and the last piece that the bytes `start` to `end` (both included) touch. */
export function piecesOf(entry: TorrentEntry, start: number, end: number): { first: number; last: number } {
  const { pieceLength } = entry.record;
  return { first: Math.floor(start / pieceLength), last: Math.floor(end / pieceLength) };
}

/** The bytes `start` to `end`, both included, verified. A chunk is only valid until the next one is asked for. */
export async function* fetchRange(
  context: FetchContext,
  entry: TorrentEntry,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, last } = piecesOf(entry, start, end);
  let pieceIndex = first;
  for await (const piece of fetchPieces(context, entry, first, last)) {
    const offset = pieceOffset(entry.record, pieceIndex);
    yield piece.subarray(Math.max(0, start - offset), Math.min(piece.length, end + 1 - offset));
    pieceIndex += 1;
  }
}
