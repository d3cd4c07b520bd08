/**
 * Many small parts, text and bytes, put together for one write. Responses are gathered in a buffer that the connections
 * of a listener share: mostly the kernel takes the bytes at once, and the buffer is free for the next connection.
 */

/** Text, with one character a byte, or bytes. */
export type Part = string | Uint8Array;

/** A copy of `parts`, which have `bytes` bytes in all. */
export function gather(parts: readonly Part[], bytes: number): Buffer {
  return gatherIn(Buffer.allocUnsafe(bytes), parts);
}

/** A buffer to gather parts in, again and again. */
export class SharedBuffer {
  readonly #size: number;
  #buffer: Buffer;

  constructor(size: number) {
    this.#size = size;
    this.#buffer = Buffer.allocUnsafeSlow(size);
  }

  /** Like `gather`, but the bytes returned are only good until the next call, unless `keep` is called. */
  gather(parts: readonly Part[], bytes: number): Buffer {
    return bytes > this.#size ? gather(parts, bytes) : gatherIn(this.#buffer, parts);
  }

  /** Leaves the buffer that was gathered in last to its user, and takes another one. */
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
