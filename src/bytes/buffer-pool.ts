/**
 * Piece buffers, used again and again: fresh ones would cost a page fault every 4 KiB and leave the collector behind,
 * so that memory grows with the speed of the transfers.
 */
export class BufferPool {
  readonly #free = new Map<number, Uint8Array[]>();
  readonly #idleBytesMax: number;
  #idleBytes = 0;

  /** Keeps at most `idleBytesMax` bytes of buffers that nobody uses. */
  constructor(idleBytesMax: number) {
    this.#idleBytesMax = idleBytesMax;
  }

  /** A buffer of at least `size` bytes, of undefined contents. Its length is a power of two. */
  take(size: number): Uint8Array {
    const capacity = capacityFor(size);
    const buffer = this.#free.get(capacity)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(capacity);
    this.#idleBytes -= capacity;
    return buffer;
  }

  /** Gives back a buffer that `take` gave. The caller must not touch it again. */
  give(buffer: Uint8Array): void {
    if (this.#idleBytes + buffer.length > this.#idleBytesMax) return;
    const idle = this.#free.get(buffer.length) ?? [];
    // Two who believe to own one buffer would write over each other: far better to stop here.
    if (idle.includes(buffer)) throw new Error('a buffer was given back twice');
    idle.push(buffer);
    this.#free.set(buffer.length, idle);
    this.#idleBytes += buffer.length;
  }
}

/** The smallest power of two from 4096 that holds `size` bytes: few sizes, so that buffers are found again. */
function capacityFor(size: number): number {
  let capacity = 4096;
  while (capacity < size) capacity *= 2;
  return capacity;
}
