/**
 * The missing pieces sorted by rarity among the peers, while peers come, gain pieces and go. Pure.
 *
 * The pieces that are still to be asked for stand in one row, the rarest first, in stretches of equal rarity. A piece
 * that gets rarer or less rare by one changes places with the piece at the border of its stretch, so every change costs
 * the same however many pieces there are. Within a stretch the order is random: many clients that fetch the same
 * torrent from one peer ask it for different pieces, and have something to give to each other.
 */

import { Bitfield } from '../../../bytes/bitfield.ts';
import { shuffled } from '../../../bytes/shuffle.ts';

/** The place of a piece that is not in the row. */
const out = -1;
/** Pieces that are looked at in turn: a peer that has none of them has few, which are quicker to look through. */
const looksMax = 4096;

/** A part of the row; the row is a ring, so a stretch may begin near its end and go on at its start. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}

export class Rarity {
  /** By piece: the number of peers that have it, those that have everything not counted. */
  readonly #counts: Uint32Array;
  /** The row: pieces by place. */
  readonly #order: Uint32Array;
  /** By piece: its place in the row, or `out`. */
  readonly #places: Int32Array;
  /** The pieces of the row once more, to be compared with those of a peer, eight at a time. */
  readonly #row: Bitfield;
  /** By rarity: the end of its stretch, at which the next one begins. The last one is the length of the row. */
  readonly #ends: number[];
  #length: number;
  #seeds = 0;

  /** `wanted`: the pieces that are to be asked for. `random`: from 0 to below 1. */
  constructor(pieces: number, wanted: Iterable<number>, random: () => number) {
    this.#counts = new Uint32Array(pieces);
    const row = Uint32Array.from(shuffled(wanted, random));
    this.#order = new Uint32Array(pieces); // with room for the others: they may come to be wanted
    this.#order.set(row);
    this.#places = new Int32Array(pieces).fill(out);
    this.#row = new Bitfield(pieces);
    for (const [place, pieceIndex] of row.entries()) this.#places[pieceIndex] = place;
    for (const pieceIndex of row) this.#row.add(pieceIndex);
    this.#length = row.length;
    this.#ends = [row.length];
  }

  /** The number of pieces in the row. */
  get length(): number {
    return this.#length;
  }

  /** The number of pieces in the row that no peer has. */
  get unheld(): number {
    return this.#seeds > 0 ? 0 : (this.#ends[0] as number);
  }

  /** The pieces in the row that no peer has: a view, until something changes. */
  get unheldPieces(): Uint32Array {
    return this.#order.subarray(0, this.unheld);
  }

  /** The number of peers that have a piece. */
  of(pieceIndex: number): number {
    return this.#seeds + (this.#counts[pieceIndex] as number);
  }

  /** A peer has come with `pieces`. A peer that has every piece changes no order, and costs nothing. */
  add(pieces: Bitfield): void {
    if (pieces.full) this.#seeds += 1;
    else for (const pieceIndex of pieces) this.gained(pieceIndex);
  }

  /** A peer has gone that was counted with `pieces`: by `add`, and with what it `gained` since. */
  remove(pieces: Bitfield, wasSeed: boolean): void {
    if (wasSeed) this.#seeds -= 1;
    else for (const pieceIndex of pieces) this.#lost(pieceIndex);
  }

  /** One more peer has a piece. */
  gained(pieceIndex: number): void {
    const count = this.#counts[pieceIndex] as number;
    this.#counts[pieceIndex] = count + 1;
    const place = this.#places[pieceIndex] as number;
    if (place === out) return;
    this.#reach(count + 1);
    this.#ends[count] = (this.#ends[count] as number) - 1;
    this.#swap(place, this.#ends[count]);
  }

  /** Takes a piece out of the row: it is being asked for, or has come. */
  take(pieceIndex: number): void {
    let place = this.#places[pieceIndex] as number;
    if (place === out) return;
    for (let count = this.#counts[pieceIndex] as number; count < this.#ends.length; count += 1) {
      const last = (this.#ends[count] as number) - 1;
      this.#swap(place, last);
      this.#ends[count] = last;
      place = last;
    }
    this.#places[pieceIndex] = out;
    this.#row.remove(pieceIndex);
    this.#length -= 1;
  }

  /** Puts a piece into the row again. */
  putBack(pieceIndex: number): void {
    if (this.#places[pieceIndex] !== out) return;
    const count = this.#counts[pieceIndex] as number;
    this.#reach(count);
    let place = this.#length;
    this.#order[place] = pieceIndex;
    this.#places[pieceIndex] = place;
    this.#row.add(pieceIndex);
    for (let above = this.#ends.length - 1; above >= count; above -= 1) {
      const first = above === 0 ? 0 : (this.#ends[above - 1] as number);
      if (above > count) {
        this.#swap(place, first);
        place = first;
      }
      this.#ends[above] = (this.#ends[above] as number) + 1;
    }
    this.#length += 1;
  }

  /** The rarest piece of the row that is among `pieces` and passes `test`. */
  rarest(pieces: Bitfield, test: (pieceIndex: number) => boolean): number | undefined {
    return this.#search({ start: 0, length: this.#length }, pieces, test);
  }

  /** The first piece of the row that no peer has, is among `pieces` and passes `test`. */
  rarestUnheld(pieces: Bitfield, test: (pieceIndex: number) => boolean): number | undefined {
    return this.#search({ start: 0, length: this.unheld }, pieces, test);
  }

  /** A piece of the row that is among `pieces` and passes `test`, whatever its rarity. `at`: from 0 to below 1. */
  any(at: number, pieces: Bitfield, test: (pieceIndex: number) => boolean): number | undefined {
    return this.#search({ start: Math.floor(at * this.#length), length: this.#length }, pieces, test);
  }

  #search(stretch: Stretch, pieces: Bitfield, test: (pieceIndex: number) => boolean): number | undefined {
    for (let step = 0; step < stretch.length; step += 1) {
      const few = step === looksMax ? this.#few(pieces) : undefined;
      if (few !== undefined) return this.#firstOf(few, stretch, test);
      const pieceIndex = this.#order[(stretch.start + step) % this.#length] as number;
      if (pieces.has(pieceIndex) && test(pieceIndex)) return pieceIndex;
    }
    return undefined;
  }

  /** The pieces of the row that are among `pieces`; undefined when they are many. */
  #few(pieces: Bitfield): number[] | undefined {
    const few: number[] = [];
    const row = this.#row.bytes;
    for (let place = 0; place < row.length; place += 1) {
      const both = (row[place] as number) & (pieces.bytes[place] as number);
      for (let bit = 0; both !== 0 && bit < 8; bit += 1) if ((both & (0x80 >>> bit)) !== 0) few.push(8 * place + bit);
      if (few.length > looksMax) return undefined;
    }
    return few;
  }

  #firstOf(few: readonly number[], stretch: Stretch, test: (pieceIndex: number) => boolean): number | undefined {
    let first: number | undefined;
    let stepsMin = stretch.length;
    for (const pieceIndex of few) {
      const steps = ((this.#places[pieceIndex] as number) - stretch.start + this.#length) % this.#length;
      if (steps >= stepsMin || !test(pieceIndex)) continue;
      first = pieceIndex;
      stepsMin = steps;
    }
    return first;
  }

  #lost(pieceIndex: number): void {
    const count = this.#counts[pieceIndex] as number;
    this.#counts[pieceIndex] = count - 1;
    const place = this.#places[pieceIndex] as number;
    if (place === out) return;
    const first = this.#ends[count - 1] as number;
    this.#swap(place, first);
    this.#ends[count - 1] = first + 1;
  }

  /** Makes sure that there is a stretch, if an empty one, for pieces that `count` peers have. */
  #reach(count: number): void {
    while (this.#ends.length <= count) this.#ends.push(this.#length);
  }

  #swap(a: number, b: number): void {
    const [pieceA, pieceB] = [this.#order[a] as number, this.#order[b] as number];
    this.#order[a] = pieceB;
    this.#order[b] = pieceA;
    this.#places[pieceB] = a;
    this.#places[pieceA] = b;
  }
}
