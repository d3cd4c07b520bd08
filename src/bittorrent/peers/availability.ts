/**
 * The pieces of ours that one peer knows of: all at first (`bitfield` and its short forms), then each gain (`have`).
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import { pieceCount } from '../../protocols/metainfo/types.ts';
import type { OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import type { WireContent } from './torrent.ts';

/** Haves that are sent at once: a few KiB. */
const havesMax = 1024;

export interface AvailabilityOutput {
  /** Whether the peer does not take what it was told before. */
  isFull(): boolean;
  send(...haves: OutgoingMessage[]): void;
}

export class Availability {
  readonly #content: WireContent;
  readonly #output: AvailabilityOutput;
  readonly #fast: boolean;
  readonly #told: Bitfield;
  /** Whether the peer has not been told of all that we have gained. */
  #owes = false;

  /** `fast`: the peer knows the short forms (BEP 6, "Have All/Have None"). */
  constructor(content: WireContent, fast: boolean, output: AvailabilityOutput) {
    this.#content = content;
    this.#output = output;
    this.#fast = fast;
    this.#told = new Bitfield(pieceCount(content.record));
  }

  /** The message with which we begin. */
  first(): Extract<WireMessage, { kind: 'bitfield' | 'have-all' | 'have-none' }> {
    this.#gained();
    if (this.#fast && this.#told.full) return { kind: 'have-all' };
    if (this.#fast && this.#told.count === 0) return { kind: 'have-none' };
    return { kind: 'bitfield', bits: Buffer.from(this.#told.bytes) };
  }

  /** Whether the peer was told that it can have piece `pieceIndex`. */
  has(pieceIndex: number): boolean {
    return this.#told.has(pieceIndex);
  }

  /** Tells the peer that we have gained piece `index`; later, if it does not take what we say. */
  announce(index: number): void {
    if (this.#output.isFull()) this.#owes = true;
    else if (this.#told.add(index)) this.#output.send({ kind: 'have', index });
  }

  /** Tells the peer of the pieces that we have gained since; of the rest of them at `announceOwed`. */
  announceGained(): void {
    this.#owes = this.#output.isFull();
    if (this.#owes) return;
    const gained = this.#gained(havesMax);
    this.#owes = gained.length === havesMax;
    if (gained.length > 0) this.#output.send(...gained.map((index): OutgoingMessage => ({ kind: 'have', index })));
  }

  /** Goes on telling, if there is something left to be told. */
  announceOwed(): void {
    if (this.#owes) this.announceGained();
  }

  /**
   * The pieces that we can give now and that the peer was not told of, the first `max` of them. A lost piece cannot be
   * taken back.
   */
  #gained(max = Number.POSITIVE_INFINITY): number[] {
    if (this.#told.full) return [];
    const gained: number[] = [];
    for (let pieceIndex = 0; pieceIndex < this.#told.size && gained.length < max; pieceIndex += 1)
      if (!this.#told.has(pieceIndex) && this.#content.has(pieceIndex)) gained.push(pieceIndex);
    for (const pieceIndex of gained) this.#told.add(pieceIndex);
    return gained;
  }
}
