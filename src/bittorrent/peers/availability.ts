/**
 * Which of our pieces a peer knows of: all at first (`bitfield` and its short forms), then each that we gain (`have`).
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId } from '../../bytes/ids.ts';
import type { WireMessage } from '../../protocols/wire/types.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { isWireHolder } from '../../storage/holders/holder.ts';

export class Availability {
  readonly #entry: TorrentEntry;
  readonly #fast: boolean;
  readonly #told: Bitfield;

  /** `fast`: the peer knows the short forms (BEP 6). */
  constructor(entry: TorrentEntry, fast: boolean) {
    this.#entry = entry;
    this.#fast = fast;
    this.#told = new Bitfield(entry.pieces);
  }

  /** What is said at the start. */
  first(): Extract<WireMessage, { kind: 'bitfield' | 'have-all' | 'have-none' }> {
    this.gained();
    if (this.#fast && this.#told.full) return { kind: 'have-all' };
    if (this.#fast && this.#told.count === 0) return { kind: 'have-none' };
    return { kind: 'bitfield', bits: Buffer.from(this.#told.bytes) };
  }

  /** Whether the peer was told that it can have piece `index`. */
  has(index: number): boolean {
    return this.#told.has(index);
  }

  /** Notes that the peer is told of piece `index`; false when it was before. */
  tell(index: number): boolean {
    return this.#told.add(index);
  }

  /**
   * The pieces that we can give now and that the peer was not told of. What is lost cannot be taken back. Pieces that
   * other wire peers have are not ours to offer: the peer can ask them itself.
   */
  gained(): number[] {
    if (this.#told.full) return [];
    const gained: number[] = [];
    for (let index = 0; index < this.#entry.pieces; index += 1)
      if (!this.#told.has(index) && this.#entry.heldBy(index, isHere)) gained.push(index);
    for (const index of gained) this.#told.add(index);
    return gained;
  }
}

function isHere(id: PeerId): boolean {
  return !isWireHolder(id);
}

/** Whether every piece is with somebody online who is no wire peer. */
export function isHeldHere(entry: TorrentEntry): boolean {
  for (let part = 0; part < entry.pieces; part += 1) if (!entry.heldBy(part, isHere)) return false;
  return true;
}
