/**
 * Finds the peers that gave wrong bytes. When a piece that does not hash came from one peer, that peer is bad. When it
 * came from several, the hash of each block is remembered until the same piece has come right: a peer that gave a block
 * that differs is bad. Pure.
 */
import { createHash } from 'node:crypto';
import { wireLimits } from '../../../protocols/wire/types.ts';

/** A block that a peer gave. */
interface GivenBlock<Peer> {
  readonly peer: Peer;
  /** The SHA-1 of the block. */
  readonly digest: Buffer;
}

export class Blame<Peer> {
  /** By piece: what was given for each of its blocks, in order. */
  readonly #given = new Map<number, readonly GivenBlock<Peer>[]>();

  /** A piece does not hash; `givers` gave its blocks, in order. Returns the bad peer, if it is known yet. */
  wrong(pieceIndex: number, bytes: Uint8Array, givers: readonly Peer[]): Peer | undefined {
    if (new Set(givers).size === 1) return givers[0];
    const given = givers.map((peer, block) => ({ peer, digest: digestOf(bytes, block) }));
    this.#given.set(pieceIndex, given);
    return undefined;
  }

  /** A piece has hashed: its bytes are `bytes`. Returns the peers that had given other blocks. */
  right(pieceIndex: number, bytes: Uint8Array): Set<Peer> {
    const given = this.#given.get(pieceIndex) ?? [];
    this.#given.delete(pieceIndex);
    const wrong = given.filter(({ digest }, block) => !digest.equals(digestOf(bytes, block)));
    return new Set(wrong.map(({ peer }) => peer));
  }
}

function digestOf(bytes: Uint8Array, block: number): Buffer {
  const { blockBytes } = wireLimits;
  return createHash('sha1')
    .update(bytes.subarray(block * blockBytes, (block + 1) * blockBytes))
    .digest();
}
