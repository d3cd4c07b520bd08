/**
 * The positions of keys in a list, as a hash table: open-addressed, at most half full. The keys themselves stay in the
 * list; the table sees only their hashes, so a caller compares the keys that it finds, slot after slot. Pure.
 *
 *     slots   [ 0  3  0  0  1  2  0  0 ]     position + 1, or 0 for an empty slot
 *
 *     for (let slot = index.home(hash); index.position(slot) >= 0; slot = index.next(slot)) …
 */
export class PeerIndex {
  readonly #slots: Uint32Array;
  readonly #shift: number;

  /** Makes room for `capacity` positions; a power of two. */
  constructor(capacity: number) {
    this.#slots = new Uint32Array(capacity * 2);
    this.#shift = Math.clz32(capacity * 2) + 1;
  }

  /** The slot to begin with: the upper bits of `hash`, since those of a sum of products depend on all factors. */
  home(hash: number): number {
    return hash >>> this.#shift;
  }

  /** The slot to look at after `slot`. */
  next(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  /** The position in `slot`; -1 for an empty slot, which means that the key that is looked for is not in the list. */
  position(slot: number): number {
    return (this.#slots[slot] as number) - 1;
  }

  /** Adds the key with `hash`, which is not in the table yet, at `position`. */
  add(hash: number, position: number): void {
    let slot = this.home(hash);
    while (this.position(slot) >= 0) slot = this.next(slot);
    this.#slots[slot] = position + 1;
  }

  /** Notes that the keys at two positions, with these hashes, have changed places. */
  swap(hashA: number, positionA: number, hashB: number, positionB: number): void {
    const slotA = this.#slotOf(hashA, positionA);
    const slotB = this.#slotOf(hashB, positionB);
    this.#slots[slotA] = positionB + 1;
    this.#slots[slotB] = positionA + 1;
  }

  /** Removes the key with `hash` at `position`. `hashAt` tells the hash of the key at another position. */
  remove(hash: number, position: number, hashAt: (position: number) => number): void {
    let hole = this.#slotOf(hash, position);
    // A key behind the hole that would not be found past it moves into it (Knuth 6.4, algorithm R).
    for (let slot = this.next(hole); this.position(slot) >= 0; slot = this.next(slot)) {
      const home = this.home(hashAt(this.position(slot)));
      if (this.#distance(home, slot) < this.#distance(hole, slot)) continue;
      this.#slots[hole] = this.position(slot) + 1;
      hole = slot;
    }
    this.#slots[hole] = 0;
  }

  #slotOf(hash: number, position: number): number {
    let slot = this.home(hash);
    while (this.position(slot) !== position) slot = this.next(slot);
    return slot;
  }

  #distance(from: number, to: number): number {
    return (to - from) & (this.#slots.length - 1);
  }
}
