/** A file of the catalog as wire peers see it: they get what our own holders have, and nothing of other wire peers. */
import type { TorrentEntry, TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import { fetchPiece, type LentPiece, type PieceContext } from '../../storage/fetch/fetch-piece.ts';
import type { WireContent } from '../peers/torrent.ts';

export class ListedContent implements WireContent {
  readonly #entry: TorrentEntry;
  readonly #fetch: PieceContext;

  constructor(entry: TorrentEntry, fetch: PieceContext) {
    this.#entry = entry;
    this.#fetch = fetch;
  }

  get record(): TorrentRecord {
    return this.#entry.record;
  }

  get complete(): boolean {
    return isHeldHere(this.#entry);
  }

  /** Whether we can give a piece. Pieces that only other wire peers have are not ours to offer: it can ask them. */
  has(pieceIndex: number): boolean {
    return this.#entry.heldHere(pieceIndex);
  }

  read(pieceIndex: number): Promise<LentPiece> {
    return fetchPiece(this.#fetch, this.#entry, pieceIndex);
  }
}

/** Whether every piece is with an online holder that is no wire peer. */
export function isHeldHere(entry: TorrentEntry): boolean {
  for (let pieceIndex = 0; pieceIndex < entry.pieces; pieceIndex += 1) if (!entry.heldHere(pieceIndex)) return false;
  return true;
}
