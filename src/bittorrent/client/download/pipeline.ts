/**
 * The number of requests that should be outstanding at one peer (BEP 3, "peer protocol", pipelining): as many blocks as
 * it gives in a second, so that it never waits for us, and a slow peer holds nothing back that others could give. Pure.
 *
 * The depth begins small and grows by one with each block, which doubles it in every round trip, until that makes the
 * peer no faster (as TCP's slow start does, RFC 5681 3.1).
 */
import { wireLimits } from '../../../protocols/wire/types.ts';

export const pipelineLimits = {
  /** The depth at the start, and for the slowest peers. */
  min: 4,
  /** The largest depth: 8 MiB; libtorrent asks for as many. Our own server queues 512. */
  max: 500,
  /** The queue of a peer that does not say how long it is (BEP 10, `reqq`: libtorrent's default). */
  unsaid: 250,
} as const;

/** While its speed grows by at least this factor from one second to the next, a peer may be able to give more. */
const growth = 1.1;

export class Pipeline {
  #depth: number = pipelineLimits.min;
  #opening = true;
  #bytes = 0;
  #bytesPerSecond = 0;

  /** The number of requests that should be outstanding at a peer that queues `requestsMax`. */
  depth(requestsMax: number = pipelineLimits.unsaid): number {
    return Math.min(this.#depth, Math.max(1, requestsMax));
  }

  /** The speed of the peer lately. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** A block of `bytes` bytes has come. */
  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#opening) this.#depth = Math.min(this.#depth + 1, pipelineLimits.max);
  }

  /** Time passes: `ms` milliseconds, about a second. A peer that is `idle`, owing nothing, does not show its speed. */
  tick(ms: number, idle = false): void {
    if (idle && this.#bytes === 0) return;
    const rate = (this.#bytes / ms) * 1000;
    if (this.#bytesPerSecond > 0 && rate < this.#bytesPerSecond * growth) this.#opening = false;
    // Half of it is what was known before: one slow second does not close the pipe.
    this.#bytesPerSecond = this.#bytesPerSecond === 0 ? rate : (this.#bytesPerSecond + rate) / 2;
    this.#bytes = 0;
    if (this.#opening) return;
    const blocks = Math.ceil(this.#bytesPerSecond / wireLimits.blockBytes);
    this.#depth = Math.min(Math.max(blocks, pipelineLimits.min), pipelineLimits.max);
  }

  /** The peer has choked us: the depth is small again at first, since the peer might only want to be asked. */
  reopen(): void {
    this.#depth = Math.min(this.#depth, pipelineLimits.min);
    this.#opening = true;
  }

  /** The peer is snubbed: it is asked for one block at a time until it gives again. */
  close(): void {
    this.#depth = 1;
    this.#opening = true;
    this.#bytesPerSecond = 0;
  }
}
