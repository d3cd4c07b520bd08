/**
 * Where in a list each key is: a hash table of positions, open-addressed, at most half full. The keys themselves stay
 * in the list; this sees only their hashes, so whoever looks for one compares what it finds, slot after slot:
 *
 *     slots   [ 0  3  0  0  1  2  0  0 ]     position + 1, or 0 for an empty slot
 *
 *     for (let slot = index.home(hash); index.position(slot) >= 0; slot = index.next(slot)) …
 */
export class PeerIndex {
  readonly #slots: Uint32Array;
  readonly #shift: number;

  /** For up to `capacity` positions; a power of two. */
  constructor(capacity: number) {
    this.#slots = new Uint32Array(capacity * 2);
    this.#shift = Math.clz32(capacity * 2) + 1;
  }

  /** Where to begin; the upper bits, as those of a sum of products depend on all factors. */
  home(hash: number): number {
    return hash >>> this.#shift;
  }

  next(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  /** What `slot` holds; -1 when it is empty, and a key that was looked for is not here. */
  position(slot: number): number {
    return (this.#slots[slot] as number) - 1;
  }

  /** The key with `hash`, which is not here yet, is at `position`. */
  add(hash: number, position: number): void {
    let slot = this.home(hash);
    while (this.position(slot) >= 0) slot = this.next(slot);
    this.#slots[slot] = position + 1;
  }

  /** The keys at two positions, with these hashes, change places. */
  swap(hashA: number, positionA: number, hashB: number, positionB: number): void {
    const slotA = this.#slotOf(hashA, positionA);
    const slotB = this.#slotOf(hashB, positionB);
    this.#slots[slotA] = positionB + 1;
    this.#slots[slotB] = positionA + 1;
  }

  /** The key with `hash` at `position` goes. `hashAt` tells the hash of the key at another position. */
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
