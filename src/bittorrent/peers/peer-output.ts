/**
 * The bytes that wait to be taken by one wire peer. Owner of the rule that a peer costs only so much memory: answers of
 * every kind (rejects, metadata, hashes, haves, keep-alives) have one cap, blocks another, and who takes nothing while
 * something waits is overdue. Where the cap is reached nothing more is read from the peer (`wire-input.ts`): what it
 * asks for then waits at its own side.
 */
import type { PeerSocket } from '../../io/net/peer-socket.ts';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { encodeMessage } from '../../protocols/wire/write.ts';

export const outputLimits = {
  /** Bytes of answers that wait for one peer: four pieces of metadata. */
  answerBytesMax: 64 * 1024,
  /** Bytes of blocks that wait for one peer, where there are few. */
  blockBytesMax: 512 * 1024,
  /** Bytes of blocks that wait for one peer, where there are many: a socket has to have something to send. */
  blockBytesMin: 64 * 1024,
  /** Bytes of blocks that wait for all peers of a listener together. */
  allBytesMax: 64 * 1024 * 1024,
  /** The time that something may wait for a peer that takes nothing; the same as for HTTP. */
  stallMs: 60_000,
} as const;

/** Bytes of blocks that may wait for each of so many connections. */
export function blockBytesFor(connections: number): number {
  const { blockBytesMin, blockBytesMax, allBytesMax } = outputLimits;
  return Math.max(blockBytesMin, Math.min(blockBytesMax, Math.floor(allBytesMax / Math.max(1, connections))));
}

export interface PeerOutputOptions {
  readonly socket: Pick<PeerSocket, 'write' | 'waitingBytes' | 'takenBytes'>;
  /** The number of connections that share the memory; absent: this one alone. */
  readonly connections?: (() => number) | undefined;
  /** There is room for answers again. */
  readonly onRoom: () => void;
  /** Differences from `outputLimits`. */
  readonly limits?: { readonly answerBytesMax?: number; readonly stallMs?: number } | undefined;
}

export class PeerOutput {
  readonly #options: PeerOutputOptions;
  readonly #limits: { readonly answerBytesMax: number; readonly stallMs: number };
  /** Bytes of answers that wait. */
  #answerBytes = 0;
  #takenBytes = 0;
  #stalledMs = 0;

  constructor(options: PeerOutputOptions) {
    this.#options = options;
    this.#limits = { ...outputLimits, ...options.limits };
  }

  /** Whether so many blocks wait that no more should be written. */
  get congested(): boolean {
    const { socket, connections } = this.#options;
    return socket.waitingBytes >= blockBytesFor(connections?.() ?? 1);
  }

  /** Whether so much waits that nothing more should be read, since it might have to be answered. */
  get full(): boolean {
    return this.#answerBytes >= this.#limits.answerBytesMax || this.congested;
  }

  /** Sends messages other than blocks. */
  say(...messages: OutgoingMessage[]): void {
    const bytes = messages.length === 1 ? encodeMessage(messages[0] as OutgoingMessage) : join(messages);
    this.#answerBytes += bytes.length;
    this.#options.socket.write(bytes, () => {
      this.#answerBytes -= bytes.length;
      // Not for each answer: half of the room is worth going on for.
      if (this.#answerBytes < this.#limits.answerBytesMax / 2) this.#options.onRoom();
    });
  }

  /** Writes `bytes` of a block, or of a handshake, which must stay as they are until `onWritten`. */
  write(bytes: Uint8Array, onWritten?: () => void): void {
    this.#options.socket.write(bytes, onWritten);
  }

  /** Time passes: `ms` milliseconds. Returns whether the peer has taken nothing for too long. */
  tick(ms: number): boolean {
    const { takenBytes, waitingBytes } = this.#options.socket;
    this.#stalledMs = waitingBytes > 0 && takenBytes === this.#takenBytes ? this.#stalledMs + ms : 0;
    this.#takenBytes = takenBytes;
    return this.#stalledMs >= this.#limits.stallMs;
  }
}

function join(messages: readonly OutgoingMessage[]): Buffer {
  return Buffer.concat(messages.map(encodeMessage));
}
