/**
 * A hash of address and port that a stranger cannot steer: whoever chooses addresses and ports, but not the factors,
 * makes them collide no more often than chance does (Dietzfelbinger 1996: strongly universal in its 25 upper bits).
 * Pure.
 */
export type EndpointHash = (bytes: Uint8Array, offset: number, length: number) => number;

/** Makes a hash with random factors; `random` gives numbers from 0 up to 1. */
export function createEndpointHash(random: () => number): EndpointHash {
  const factors = Int32Array.from({ length: 19 }, () => Math.floor(random() * 2 ** 32));
  return (bytes, offset, length) => {
    let sum = factors[18] as number;
    for (let index = 0; index < length; index += 1) {
      sum = (sum + Math.imul(bytes[offset + index] as number, factors[index] as number)) | 0;
    }
    return sum;
  };
}
