/**
 * Our own peer ids (BEP 20, Azureus style): the make of the program, its version, and, in the first of the twelve free
 * bytes, which of our programs it is. Pure.
 *
 *     -RV0100-sXXXXXXXXXXX      a server; n: a node; g: `rivulet get`; the rest is random
 *
 * An id proves nothing: anybody may claim to be one of ours, so nothing that matters may depend on it.
 */

export type PeerRole = 'server' | 'node' | 'get';

const prefix = Buffer.from('-RV0100-');
const letters: Readonly<Record<PeerRole, string>> = { server: 's', node: 'n', get: 'g' };

/** A peer id of 20 bytes; `random`: 11 bytes. */
export function makePeerId(role: PeerRole, random: Uint8Array): Buffer {
  return Buffer.concat([prefix, Buffer.from(letters[role]), random.subarray(0, 11)]);
}

/** Whether `peerId` claims to be the id of one of our programs. */
export function claimsToBe(peerId: Buffer, role: PeerRole): boolean {
  return peerId.subarray(0, prefix.length).equals(prefix) && peerId[prefix.length] === letters[role].charCodeAt(0);
}
