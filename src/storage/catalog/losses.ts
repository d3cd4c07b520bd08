/**
 * The lost copies of one file's pieces: who had them, and what is wrong with them. Nobody counts on them any more; but
 * repair puts a good copy in the place of a bad one, and an error about a missing piece says where it was. Pure.
 *
 * A copy that cannot be read (an I/O error) is lost as well, and yet it is kept: when nobody else has the piece, its
 * holder is asked once more, and a copy that reads well again counts again.
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId } from '../../bytes/ids.ts';

/** The fault of a lost copy: it did not hash, was not there, or could not be read. */
export type Loss = 'corrupt' | 'not-found' | 'unreadable';

/** The lost pieces of one holder, by fault. */
export type LostPieces = Readonly<Record<Loss, Bitfield>>;

/** The lost copies of one file, by holder. */
export class Losses {
  /** Copies that could not be read, of all files: while there are none, nobody looks for them. */
  static #unreadable = 0;
  readonly #pieces: number;
  readonly #byHolder = new Map<PeerId, LostPieces>();

  /** `pieces`: the number of pieces of the file. */
  constructor(pieces: number) {
    this.#pieces = pieces;
  }

  /** Whether a copy of any file could not be read; true also after such a file has been deleted. */
  static get anyUnreadable(): boolean {
    return Losses.#unreadable > 0;
  }

  /** Whether no lost copy is known. */
  get none(): boolean {
    return this.#byHolder.size === 0;
  }

  /** The holders that lost pieces, and which. */
  get byHolder(): ReadonlyMap<PeerId, LostPieces> {
    return this.#byHolder;
  }

  /** The holders whose copy of the piece was lost, for whatever reason. */
  holdersOf(pieceIndex: number): PeerId[] {
    return [...this.#byHolder].filter(([, lost]) => faultOf(lost, pieceIndex) !== undefined).map(([id]) => id);
  }

  /** The fault of the holder's copy of the piece; undefined when none is known. */
  fault(id: PeerId, pieceIndex: number): Loss | undefined {
    const lost = this.#byHolder.get(id);
    return lost && faultOf(lost, pieceIndex);
  }

  /** The pieces whose copies at the holder `id` cannot be read. */
  unreadable(id: PeerId): Iterable<number> {
    return this.#byHolder.get(id)?.unreadable ?? [];
  }

  /** The number of copies at the holder `id` that cannot be read. */
  unreadableCount(id: PeerId): number {
    return this.#byHolder.get(id)?.unreadable.count ?? 0;
  }

  /** Notes that the copy of the holder `id` was lost. */
  note(id: PeerId, pieceIndex: number, loss: Loss): void {
    this.repaired(id, pieceIndex);
    const lost = this.#byHolder.get(id) ?? {
      corrupt: new Bitfield(this.#pieces),
      'not-found': new Bitfield(this.#pieces),
      unreadable: new Bitfield(this.#pieces),
    };
    this.#byHolder.set(id, lost);
    lost[loss].add(pieceIndex);
    if (loss === 'unreadable') Losses.#unreadable += 1;
  }

  /** Notes that the holder has the piece again; false when it was not among the lost copies. */
  repaired(id: PeerId, pieceIndex: number): boolean {
    const lost = this.#byHolder.get(id);
    const fault = lost && faultOf(lost, pieceIndex);
    if (lost === undefined || fault === undefined) return false;
    lost[fault].remove(pieceIndex);
    if (fault === 'unreadable') Losses.#unreadable -= 1;
    if (lost.corrupt.count + lost['not-found'].count + lost.unreadable.count === 0) this.#byHolder.delete(id);
    return true;
  }

  /**
   * Forgets what the holder lost, since it has said anew that it has `said`; false when nothing changed. A list does not
   * show that a copy can be read: those that could not be stay lost, as far as the holder still has them.
   */
  forget(id: PeerId, said: Bitfield): boolean {
    const lost = this.#byHolder.get(id);
    if (lost === undefined) return false;
    const unreadable = [...lost.unreadable].filter((pieceIndex) => said.has(pieceIndex));
    const changed = lost.corrupt.count + lost['not-found'].count > 0 || unreadable.length < lost.unreadable.count;
    this.remove(id);
    for (const pieceIndex of unreadable) this.note(id, pieceIndex, 'unreadable');
    return changed;
  }

  /** Forgets everything about a holder that has nothing of the file any more; false when nothing was known. */
  remove(id: PeerId): boolean {
    Losses.#unreadable -= this.unreadableCount(id);
    return this.#byHolder.delete(id);
  }
}

function faultOf(lost: LostPieces, pieceIndex: number): Loss | undefined {
  if (lost.corrupt.has(pieceIndex)) return 'corrupt';
  if (lost['not-found'].has(pieceIndex)) return 'not-found';
  return lost.unreadable.has(pieceIndex) ? 'unreadable' : undefined;
}
