/**
 * The pieces of ours that one peer knows of: all at first (`bitfield` and its short forms), then each gain (`have`).
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import { pieceCount } from '../../protocols/metainfo/types.ts';
import type { WireMessage } from '../../protocols/wire/types.ts';
import type { WireContent } from './torrent.ts';

export class Availability {
  readonly #content: WireContent;
  readonly #fast: boolean;
  readonly #told: Bitfield;

  /** `fast`: the peer knows the short forms (BEP 6, "Have All/Have None"). */
  constructor(content: WireContent, fast: boolean) {
    this.#content = content;
    this.#fast = fast;
    this.#told = new Bitfield(pieceCount(content.record));
  }

  /** The message with which we begin. */
  first(): Extract<WireMessage, { kind: 'bitfield' | 'have-all' | 'have-none' }> {
    this.gained();
    if (this.#fast && this.#told.full) return { kind: 'have-all' };
    if (this.#fast && this.#told.count === 0) return { kind: 'have-none' };
    return { kind: 'bitfield', bits: Buffer.from(this.#told.bytes) };
  }

  /** Whether the peer was told that it can have piece `pieceIndex`. */
  has(pieceIndex: number): boolean {
    return this.#told.has(pieceIndex);
  }

  /** Notes that the peer is told of piece `pieceIndex`; false when it was before. */
  tell(pieceIndex: number): boolean {
    return this.#told.add(pieceIndex);
  }

  /** The pieces that we can give now and that the peer was not told of. A lost piece cannot be taken back. */
  gained(): number[] {
    if (this.#told.full) return [];
    const gained: number[] = [];
    for (let pieceIndex = 0; pieceIndex < this.#told.size; pieceIndex += 1)
      if (!this.#told.has(pieceIndex) && this.#content.has(pieceIndex)) gained.push(pieceIndex);
    for (const pieceIndex of gained) this.#told.add(pieceIndex);
    return gained;
  }
}
