/** Whether bytes are zeros: what a sparse file holds where nothing was written. */

const zeros = Buffer.alloc(64 * 1024);

export function isZeros(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; start += zeros.length) {
    const some = bytes.subarray(start, start + zeros.length);
    if (zeros.compare(some, 0, some.length, 0, some.length) !== 0) return false;
  }
  return true;
}
