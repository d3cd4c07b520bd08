/**
 * Our own peer ids (BEP 20, Azureus style): who made the program, which version, and, in the first of the twelve bytes
 * that are free, which of our programs it is.
 *
 *     -RV0100-sXXXXXXXXXXX      a server; n: a node; g: `rivulet get`; the rest is random
 *
 * What an id says is hearsay: anybody may claim to be one of ours. Nothing that matters may hang on it.
 */

export type PeerRole = 'server' | 'node' | 'get';

const prefix = Buffer.from('-RV0100-');
const letters: Readonly<Record<PeerRole, string>> = { server: 's', node: 'n', get: 'g' };

/** A peer id of 20 bytes; `random`: 11 bytes. */
export function makePeerId(role: PeerRole, random: Uint8Array): Buffer {
  return Buffer.concat([prefix, Buffer.from(letters[role]), random.subarray(0, 11)]);
}

/** Whether `peerId` says that it is that of one of our programs. */
export function claimsToBe(peerId: Buffer, role: PeerRole): boolean {
  return peerId.subarray(0, prefix.length).equals(prefix) && peerId[prefix.length] === letters[role].charCodeAt(0);
}
