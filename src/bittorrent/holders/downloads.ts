/**
 * The pieces that we want from one peer: asked for in blocks, many at a time, put together in the caller's memory. It
 * does not hash, and does not choose pieces.
 *
 *     await downloads.piece(7, into);
 */
import type { WireSession } from '../../protocols/wire/session.ts';
import { type Block, type OutgoingMessage, type WireMessage, wireLimits } from '../../protocols/wire/types.ts';
import { HolderError } from '../../storage/holders/holder.ts';

export interface DownloadsOptions {
  readonly session: WireSession;
  readonly send: (message: OutgoingMessage) => void;
}

/** Requests under way at once: 4 MiB, enough for any network of one house; fewer than every client lets wait. */
const requestsUnderWayMax = 250;
/** A piece of which no block came for so long is given up. Peers take up to ten seconds to unchoke (BEP 3). */
const pieceStallMs = 30_000;
/** Without progress for so long, others are asked first. */
const stalledMs = 2_000;
/** We stay interested a little longer than we have to: the next piece is often wanted soon. */
const interestMs = 10_000;

interface Target {
  readonly into: Uint8Array;
  readonly onStall: (() => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: HolderError) => void;
}

interface Wanted {
  /** More than one where several want the same piece. */
  readonly targets: Target[];
  /** Where the blocks begin that have not come. */
  readonly missing: Set<number>;
  readonly size: number;
  quietMs: number;
  /** Whether those who want it were told that it stalls. */
  stalled: boolean;
}

export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #wanted = new Map<number, Wanted>();
  /** Blocks to be asked for, in order. */
  #queue: Block[] = [];
  /** Asked for and not answered. */
  #underWay: Block[] = [];
  #idleMs = 0;

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /** Whether it owes blocks and has sent none for a while, or does not let us ask. */
  get stalled(): boolean {
    if (this.#options.session.peerChoking) return true;
    return [...this.#wanted.values()].some(({ quietMs }) => quietMs >= stalledMs);
  }

  /**
   * Fills `into`, which is exactly as long as the piece. Nobody else may touch it until this settles. `onStall` is
   * called once if no block comes for a while. Fails with HolderError.
   */
  piece(index: number, into: Uint8Array, onStall?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const target = { into, onStall, resolve, reject };
      const wanted = this.#wanted.get(index);
      if (wanted !== undefined) join(wanted, target);
      else this.#want(index, target);
      this.#ask();
    });
  }

  onPiece({ index, begin, bytes }: Extract<WireMessage, { kind: 'piece' }>): void {
    const block = { index, begin, length: bytes.length };
    this.#underWay = this.#underWay.filter((other) => !same(other, block));
    const wanted = this.#wanted.get(index);
    // What nobody wants (any more) is thrown away: it may have been asked for twice.
    if (wanted?.missing.has(begin) && bytes.length === blockLength(wanted, begin)) {
      for (const { into } of wanted.targets) into.set(bytes, begin);
      wanted.missing.delete(begin);
      wanted.quietMs = 0;
      if (wanted.missing.size === 0) this.#finish(index);
    }
    this.#ask();
  }

  /** BEP 6. A peer that chokes rejects what it was asked; one that does not has no such block after all. */
  onReject({ index, begin, length }: Block): void {
    const block = { index, begin, length };
    if (!this.#underWay.some((other) => same(other, block))) return;
    this.#underWay = this.#underWay.filter((other) => !same(other, block));
    if (this.#options.session.peerChoking) this.#queue.unshift(block);
    else this.#giveUp(index, new HolderError('not-found', `the peer does not give piece ${index}`));
  }

  /** The peer chokes us, or does no more. What it was asked before is forgotten by peers without BEP 6. */
  onChoke(): void {
    if (this.#options.session.peerChoking) {
      this.#queue = [...this.#underWay, ...this.#queue];
      this.#underWay = [];
    }
    this.#ask();
  }

  /** Says that `ms` have passed. */
  passed(ms: number): void {
    for (const [index, wanted] of this.#wanted) {
      wanted.quietMs += ms;
      if (wanted.quietMs >= stalledMs && !wanted.stalled) {
        wanted.stalled = true;
        for (const { onStall } of wanted.targets) onStall?.();
      }
      if (wanted.quietMs >= pieceStallMs)
        this.#giveUp(index, new HolderError('timeout', `no block of piece ${index} came for ${pieceStallMs} ms`));
    }
    this.#idleMs = this.#wanted.size > 0 ? 0 : this.#idleMs + ms;
    if (this.#idleMs >= interestMs) this.#interest('not-interested');
  }

  /** The connection is over. */
  fail(reason: string): void {
    for (const index of [...this.#wanted.keys()]) this.#giveUp(index, new HolderError('gone', reason));
  }

  #want(index: number, target: Target): void {
    const size = target.into.length;
    const missing = new Set<number>();
    for (let begin = 0; begin < size; begin += wireLimits.blockBytes) missing.add(begin);
    const wanted = { targets: [target], missing, size, quietMs: 0, stalled: false };
    this.#wanted.set(index, wanted);
    for (const begin of missing) this.#queue.push({ index, begin, length: blockLength(wanted, begin) });
  }

  #ask(): void {
    if (this.#wanted.size > 0) this.#interest('interested');
    while (!this.#options.session.peerChoking && this.#underWay.length < requestsUnderWayMax) {
      const block = this.#queue.shift();
      if (block === undefined) return;
      this.#underWay.push(block);
      this.#options.send({ kind: 'request', ...block });
    }
  }

  #interest(kind: 'interested' | 'not-interested'): void {
    const { session, send } = this.#options;
    if (session.amInterested === (kind === 'interested')) return;
    send({ kind });
    session.sent(kind);
  }

  #finish(index: number): void {
    const targets = this.#forget(index);
    for (const { resolve } of targets) resolve();
  }

  #giveUp(index: number, error: HolderError): void {
    const targets = this.#forget(index);
    for (const { reject } of targets) reject(error);
  }

  #forget(index: number): readonly Target[] {
    const targets = this.#wanted.get(index)?.targets ?? [];
    this.#wanted.delete(index);
    this.#queue = this.#queue.filter((block) => block.index !== index);
    this.#underWay = this.#underWay.filter((block) => block.index !== index);
    return targets;
  }
}

/** A second caller gets what has come so far, and the rest with the first. */
function join({ targets }: Wanted, target: Target): void {
  const [first] = targets;
  if (first !== undefined) target.into.set(first.into);
  targets.push(target);
}

function blockLength({ size }: Wanted, begin: number): number {
  return Math.min(wireLimits.blockBytes, size - begin);
}

function same(a: Block, b: Block): boolean {
  return a.index === b.index && a.begin === b.begin && a.length === b.length;
}
