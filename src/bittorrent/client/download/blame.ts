/**
 * Who gave wrong bytes. A piece that does not hash and came from one peer convicts it; one that came from several is
 * remembered, block by block, until the same piece has come right: whoever gave a block that differs lied. Pure.
 */
import { createHash } from 'node:crypto';
import { wireLimits } from '../../../protocols/wire/types.ts';

/** That a peer gave a block with that SHA-1. */
interface Statement<Peer> {
  readonly peer: Peer;
  readonly digest: Buffer;
}

export class Blame<Peer> {
  /** By piece: what was given for each of its blocks, in order. */
  readonly #statements = new Map<number, readonly Statement<Peer>[]>();

  /** Piece `index` does not hash; `givers` gave its blocks, in order. Answers the peer that lied, if that is plain. */
  wrong(index: number, bytes: Uint8Array, givers: readonly Peer[]): Peer | undefined {
    if (new Set(givers).size === 1) return givers[0];
    const statements = givers.map((peer, block) => ({ peer, digest: digestOf(bytes, block) }));
    this.#statements.set(index, statements);
    return undefined;
  }

  /** Piece `index` has hashed: its blocks are `bytes`. Answers the peers that had given others. */
  right(index: number, bytes: Uint8Array): Set<Peer> {
    const statements = this.#statements.get(index) ?? [];
    this.#statements.delete(index);
    const liars = statements.filter(({ digest }, block) => !digest.equals(digestOf(bytes, block)));
    return new Set(liars.map(({ peer }) => peer));
  }
}

function digestOf(bytes: Uint8Array, block: number): Buffer {
  const { blockBytes } = wireLimits;
  return createHash('sha1')
    .update(bytes.subarray(block * blockBytes, (block + 1) * blockBytes))
    .digest();
}
