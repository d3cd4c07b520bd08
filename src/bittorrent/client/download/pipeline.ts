/**
 * How many requests one peer should have before it: as many blocks as it gives in a second, so that it never waits for
 * us, and a slow one holds nothing back that others could give. Pure.
 *
 * It begins small and opens up by one with each block, which doubles it in every round trip, until that makes the peer
 * no faster (as TCP's slow start does, RFC 5681 3.1).
 */
import { wireLimits } from '../../../protocols/wire/types.ts';

export const pipelineLimits = {
  /** At the start, and for the slowest. */
  min: 4,
  /** 8 MiB; libtorrent asks for as many. Our own server lets 512 wait. */
  max: 500,
  /** What a peer lets wait that does not say (BEP 10, `reqq`: libtorrent's default). */
  unsaid: 250,
} as const;

/** While it grows at least so much from one second to the next, a peer may be able to give more. */
const growth = 1.1;

export class Pipeline {
  #depth: number = pipelineLimits.min;
  #opening = true;
  #bytes = 0;
  #bytesPerSecond = 0;

  /** How many requests should be under way, when the peer lets `requestsMax` wait. */
  depth(requestsMax: number = pipelineLimits.unsaid): number {
    return Math.min(this.#depth, Math.max(1, requestsMax));
  }

  /** What the peer gave lately, bytes per second. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** A block came. */
  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#opening) this.#depth = Math.min(this.#depth + 1, pipelineLimits.max);
  }

  /** Says that `ms` have passed: about a second. A peer that is `idle`, owing nothing, shows nothing of its speed. */
  passed(ms: number, idle = false): void {
    if (idle && this.#bytes === 0) return;
    const rate = (this.#bytes / ms) * 1000;
    if (this.#bytesPerSecond > 0 && rate < this.#bytesPerSecond * growth) this.#opening = false;
    // Half of what was known before: one slow second does not close the pipe.
    this.#bytesPerSecond = this.#bytesPerSecond === 0 ? rate : (this.#bytesPerSecond + rate) / 2;
    this.#bytes = 0;
    if (this.#opening) return;
    const blocks = Math.ceil(this.#bytesPerSecond / wireLimits.blockBytes);
    this.#depth = Math.min(Math.max(blocks, pipelineLimits.min), pipelineLimits.max);
  }

  /** The peer has choked: when it is asked again, it is for little at first. It might only want to be asked. */
  reopen(): void {
    this.#depth = Math.min(this.#depth, pipelineLimits.min);
    this.#opening = true;
  }

  /** The peer gives nothing: it is asked little until it does again. */
  close(): void {
    this.#depth = 1;
    this.#opening = true;
    this.#bytesPerSecond = 0;
  }
}
