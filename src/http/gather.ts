/**
 * Many small parts, text and bytes, put together for one write. Answers are gathered in a buffer that all connections
 * share: the kernel mostly takes them at once, and then it is free for the next.
 */

/** Text has one character a byte. */
export type Part = string | Uint8Array;

/** A copy of `parts`, which have `bytes` bytes in all. */
export function gather(parts: readonly Part[], bytes: number): Buffer {
  return gatherIn(Buffer.allocUnsafe(bytes), parts);
}

export class SharedBuffer {
  readonly #size: number;
  #buffer: Buffer;

  constructor(size: number) {
    this.#size = size;
    this.#buffer = Buffer.allocUnsafeSlow(size);
  }

  /** Like `gather`, but what it returns is only good until the next call, unless it is kept. */
  gather(parts: readonly Part[], bytes: number): Buffer {
    return bytes > this.#size ? gather(parts, bytes) : gatherIn(this.#buffer, parts);
  }

  /** What was gathered last is still in use: leaves it to its user. */
  keep(): void {
    this.#buffer = Buffer.allocUnsafeSlow(this.#size);
  }
}

function gatherIn(buffer: Buffer, parts: readonly Part[]): Buffer {
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') buffer.write(part, at, 'latin1');
    else buffer.set(part, at);
    at += part.length;
  }
  return buffer.subarray(0, at);
}
