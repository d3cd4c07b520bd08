/**
 * The lost copies of one file's pieces: who had them, and what was wrong. Nobody counts on them any more; but repair
 * puts a good copy in the same place, and an error about a missing piece says where it was. Pure.
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId } from '../../bytes/ids.ts';

/** The fault of a lost copy: it did not hash, or was not there. */
export type Loss = 'corrupt' | 'not-found';

type LostPieces = Readonly<Record<Loss, Bitfield>>;

/** The lost copies of one file, by holder. */
export class Losses {
  readonly #pieces: number;
  readonly #byHolder = new Map<PeerId, LostPieces>();

  /** `pieces`: the number of pieces of the file. */
  constructor(pieces: number) {
    this.#pieces = pieces;
  }

  /** Whether no lost copy is known. */
  get none(): boolean {
    return this.#byHolder.size === 0;
  }

  /** The holders that lost pieces, and which. */
  get byHolder(): ReadonlyMap<PeerId, LostPieces> {
    return this.#byHolder;
  }

  /** The holders whose copy of the piece was lost. */
  holdersOf(pieceIndex: number): PeerId[] {
    return [...this.#byHolder]
      .filter(([, lost]) => lost.corrupt.has(pieceIndex) || lost['not-found'].has(pieceIndex))
      .map(([id]) => id);
  }

  /** Notes that the copy of the holder `id` was lost. */
  note(id: PeerId, pieceIndex: number, loss: Loss): void {
    this.repaired(id, pieceIndex);
    const lost = this.#byHolder.get(id) ?? {
      corrupt: new Bitfield(this.#pieces),
      'not-found': new Bitfield(this.#pieces),
    };
    this.#byHolder.set(id, lost);
    lost[loss].add(pieceIndex);
  }

  /** Notes that the holder has the piece again; false when it was not among the lost copies. */
  repaired(id: PeerId, pieceIndex: number): boolean {
    const lost = this.#byHolder.get(id);
    if (lost === undefined) return false;
    const removed = [lost.corrupt.remove(pieceIndex), lost['not-found'].remove(pieceIndex)].includes(true);
    if (lost.corrupt.count + lost['not-found'].count === 0) this.#byHolder.delete(id);
    return removed;
  }

  /** Forgets what the holder lost, since it has said anew what it has; false when there was nothing. */
  forget(id: PeerId): boolean {
    return this.#byHolder.delete(id);
  }
}
