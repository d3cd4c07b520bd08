/**
 * The pieces that the server wants from one peer: asked for in blocks, many at a time, put together in the caller's
 * memory. It does not hash, and does not choose pieces.
 *
 *     await downloads.piece(7, into);
 */
import type { WireSession } from '../../protocols/wire/session.ts';
import { type Block, type OutgoingMessage, type WireMessage, wireLimits } from '../../protocols/wire/types.ts';
import { HolderError } from '../../storage/holders/holder.ts';
import { BlockQueue } from '../peers/block-queue.ts';

export interface DownloadsOptions {
  readonly session: WireSession;
  readonly send: (message: OutgoingMessage) => void;
}

/** Outstanding requests: 4 MiB, enough for any network of one house; fewer than every client queues. */
const outstandingMax = 250;
/**
 * A piece of which no block came for this long is given up. Peers take up to ten seconds to unchoke (BEP 3, "peer
 * messages").
 */
const pieceStallMs = 30_000;
/** Without progress for this long, other holders are asked first. */
const stalledMs = 2_000;
/** Interest lasts for this long after the last piece: the next one is often wanted soon. */
const interestMs = 10_000;

/** A caller of `piece`. */
interface Target {
  readonly into: Uint8Array;
  readonly onStall: (() => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: HolderError) => void;
}

/** A piece that is wanted. */
interface Wanted {
  /** The callers: several may want the same piece. */
  readonly targets: Target[];
  /** The beginnings of the blocks that have not come. */
  readonly missing: Set<number>;
  readonly size: number;
  /** Milliseconds since the last block came. */
  quietMs: number;
  /** Whether the callers were told that the piece stalls. */
  stalled: boolean;
}

export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #wanted = new Map<number, Wanted>();
  /** Blocks to be asked for. */
  readonly #queue = new BlockQueue();
  /** Blocks that were asked for and have not come. */
  readonly #outstanding = new BlockQueue();
  #idleMs = 0;

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /** Whether the peer owes blocks and has sent none for a while, or does not let us ask. */
  get stalled(): boolean {
    if (this.#options.session.peerChoking) return true;
    return [...this.#wanted.values()].some(({ quietMs }) => quietMs >= stalledMs);
  }

  /**
   * Fills `into`, which is exactly as long as the piece. Nobody else may touch it until this settles. `onStall` is
   * called once if no block comes for a while. Fails with HolderError.
   */
  piece(pieceIndex: number, into: Uint8Array, onStall?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const target = { into, onStall, resolve, reject };
      const wanted = this.#wanted.get(pieceIndex);
      if (wanted !== undefined) join(wanted, target);
      else this.#want(pieceIndex, target);
      this.#ask();
    });
  }

  onPiece({ index, begin, bytes }: Extract<WireMessage, { kind: 'piece' }>): void {
    this.#outstanding.remove({ index, begin, length: bytes.length });
    const wanted = this.#wanted.get(index);
    // A block that nobody wants (any more) is thrown away: it may have been asked for twice.
    if (wanted?.missing.has(begin) && bytes.length === blockOf(index, wanted, begin).length) {
      for (const { into } of wanted.targets) into.set(bytes, begin);
      wanted.missing.delete(begin);
      wanted.quietMs = 0;
      if (wanted.missing.size === 0) this.#finish(index);
    }
    this.#ask();
  }

  /** The peer has no such block after all. Of a peer that chokes nothing is outstanding: its rejects mean no more. */
  onReject(block: Block): void {
    if (!this.#outstanding.remove(block)) return;
    this.#giveUp(block.index, new HolderError('not-found', `the peer does not give piece ${block.index}`));
  }

  /** The peer chokes us, and peers without BEP 6 forget what they were asked; or it chokes us no more. */
  onChoke(): void {
    if (this.#options.session.peerChoking)
      for (const block of [...this.#outstanding.clear(), ...this.#queue.clear()]) this.#queue.add(block);
    this.#ask();
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    for (const [pieceIndex, wanted] of this.#wanted) {
      wanted.quietMs += ms;
      if (wanted.quietMs >= stalledMs && !wanted.stalled) {
        wanted.stalled = true;
        for (const { onStall } of wanted.targets) onStall?.();
      }
      if (wanted.quietMs >= pieceStallMs)
        this.#giveUp(
          pieceIndex,
          new HolderError('timeout', `no block of piece ${pieceIndex} came for ${pieceStallMs} ms`),
        );
    }
    this.#idleMs = this.#wanted.size > 0 ? 0 : this.#idleMs + ms;
    if (this.#idleMs >= interestMs) this.#interest('not-interested');
  }

  /** The connection is over: every piece that is wanted fails. */
  onClose(reason: string): void {
    for (const pieceIndex of [...this.#wanted.keys()]) this.#giveUp(pieceIndex, new HolderError('gone', reason));
  }

  #want(pieceIndex: number, target: Target): void {
    const size = target.into.length;
    const missing = new Set<number>();
    for (let begin = 0; begin < size; begin += wireLimits.blockBytes) missing.add(begin);
    const wanted = { targets: [target], missing, size, quietMs: 0, stalled: false };
    this.#wanted.set(pieceIndex, wanted);
    for (const begin of missing) this.#queue.add(blockOf(pieceIndex, wanted, begin));
  }

  #ask(): void {
    if (this.#wanted.size > 0) this.#interest('interested');
    while (!this.#options.session.peerChoking && this.#outstanding.size < outstandingMax) {
      const block = this.#queue.shift();
      if (block === undefined) return;
      this.#outstanding.add(block);
      this.#options.send({ kind: 'request', ...block });
    }
  }

  #interest(kind: 'interested' | 'not-interested'): void {
    const { session, send } = this.#options;
    if (session.amInterested === (kind === 'interested')) return;
    send({ kind });
    session.sent(kind);
  }

  #finish(pieceIndex: number): void {
    const targets = this.#forget(pieceIndex);
    for (const { resolve } of targets) resolve();
  }

  #giveUp(pieceIndex: number, error: HolderError): void {
    const targets = this.#forget(pieceIndex);
    for (const { reject } of targets) reject(error);
  }

  #forget(pieceIndex: number): readonly Target[] {
    const wanted = this.#wanted.get(pieceIndex);
    if (wanted === undefined) return [];
    this.#wanted.delete(pieceIndex);
    for (const begin of wanted.missing) {
      const block = blockOf(pieceIndex, wanted, begin);
      if (!this.#outstanding.remove(block)) this.#queue.remove(block);
    }
    return wanted.targets;
  }
}

/** Gives a second caller what has come so far; it gets the rest with the first. */
function join({ targets }: Wanted, target: Target): void {
  const [first] = targets;
  if (first !== undefined) target.into.set(first.into);
  targets.push(target);
}

function blockOf(index: number, { size }: Wanted, begin: number): Block {
  return { index, begin, length: Math.min(wireLimits.blockBytes, size - begin) };
}
