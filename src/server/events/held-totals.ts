/** The totals of each holder over all files, kept up to date: adding up everything for each piece takes too long. */
import type { PeerId } from '../../bytes/ids.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import { heldBytes, type TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { HoldingTotal } from '../views/build-views.ts';
import { EntryWatch } from './entry-watch.ts';

/** The pieces that one holder has of one file. */
interface Share {
  readonly holder: PeerId;
  readonly pieces: number;
  readonly bytes: number;
}

type Total = { -readonly [Name in keyof HoldingTotal]: HoldingTotal[Name] };

/** The totals of each holder at the last update. */
export class HeldTotals {
  readonly #watch: EntryWatch<readonly Share[]>;
  readonly #totals = new Map<PeerId, Total>();

  constructor(catalog: Catalog) {
    this.#watch = new EntryWatch(catalog, sharesOf);
  }

  /** The totals of all holders that have some piece, as they were at the last update. */
  get totals(): ReadonlyMap<PeerId, HoldingTotal> {
    return this.#totals;
  }

  /** Adds what has changed since the last update; gives whether anything has. */
  update(): boolean {
    let changed = false;
    for (const { before = [], after = [] } of this.#watch.look()) {
      for (const share of before) this.#count(share, -1);
      for (const share of after) this.#count(share, 1);
      changed = true;
    }
    return changed;
  }

  /** Forgets everything: the next update counts all files. */
  forget(): void {
    this.#watch.forget();
    this.#totals.clear();
  }

  #count({ holder, pieces, bytes }: Share, sign: 1 | -1): void {
    const total = this.#totals.get(holder) ?? { files: 0, pieces: 0, bytes: 0 };
    total.files += sign;
    total.pieces += sign * pieces;
    total.bytes += sign * bytes;
    if (total.files === 0) this.#totals.delete(holder);
    else this.#totals.set(holder, total);
  }
}

function sharesOf(entry: TorrentEntry): Share[] {
  const shares: Share[] = [];
  for (const [holder, { pieces }] of entry.holdings) {
    if (pieces.count > 0) shares.push({ holder, pieces: pieces.count, bytes: heldBytes(entry, holder) });
  }
  return shares;
}
