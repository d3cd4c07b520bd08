/**
 * One piece, verified, from whoever gives it first. It is asked from a random online holder, one that is not across a
 * network if there is any; when that one fails, or what it gives does not hash, from another, and the holder is no
 * longer counted on for that piece. When it merely falls silent, another is asked as well: a frozen peer holds nobody
 * up for as long as it takes to be given up.
 */
import { createHash } from 'node:crypto';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { type Holder, HolderError } from '../holders/holder.ts';
import { dismissCopy, type LostCopiesContext } from './lost-copies.ts';

export interface PieceContext extends LostCopiesContext {
  readonly holders: { get(id: PeerId): Holder | undefined };
  readonly pool: BufferPool;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Nobody (any more) has this piece. */
export class PieceUnavailable extends Error {
  readonly file: TorrentId;
  readonly pieceIndex: number;
  constructor(file: TorrentId, pieceIndex: number, cause: unknown) {
    super(`piece ${pieceIndex} of ${file} cannot be had from anyone`, { cause });
    this.name = 'PieceUnavailable';
    this.file = file;
    this.pieceIndex = pieceIndex;
  }
}

/** A piece in a pooled buffer, until it is given back. */
export interface LentPiece {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Settles with the piece. Throws PieceUnavailable when no holder can give it. */
export function fetchPiece(context: PieceContext, entry: TorrentEntry, pieceIndex: number): Promise<LentPiece> {
  return new Promise((resolve, reject) => new Asking(context, entry, pieceIndex, resolve, reject).askNext());
}

class Asking {
  readonly #context: PieceContext;
  readonly #entry: TorrentEntry;
  readonly #pieceIndex: number;
  readonly #resolve: (piece: LentPiece) => void;
  readonly #reject: (error: Error) => void;
  readonly #asked = new Set<PeerId>();
  #underWay = 0;
  #done = false;
  /** Why the last one did not give it. */
  #cause: unknown;

  constructor(
    context: PieceContext,
    entry: TorrentEntry,
    pieceIndex: number,
    resolve: (piece: LentPiece) => void,
    reject: (error: Error) => void,
  ) {
    this.#context = context;
    this.#entry = entry;
    this.#pieceIndex = pieceIndex;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Asks one more holder; when there is none and nobody's answer is waited for either, that is the end. */
  askNext(): void {
    if (this.#done) return;
    const chosen = this.#choose();
    if (chosen !== undefined) void this.#ask(chosen);
    else if (this.#underWay === 0)
      this.#reject(new PieceUnavailable(this.#entry.record.id, this.#pieceIndex, this.#cause));
  }

  #choose(): PeerId | undefined {
    const { holders, random } = this.#context;
    const candidates = this.#entry.holdersOf(this.#pieceIndex).filter((holder) => !this.#asked.has(holder));
    const lively = candidates.filter((holder) => holders.get(holder)?.stalled !== true);
    const here = lively.filter((holder) => this.#entry.holdings.get(holder)?.kind !== 'wire');
    const among = [here, lively, candidates].find(({ length }) => length > 0) ?? [];
    return among[Math.floor(random() * among.length)];
  }

  /** Each has a buffer of its own: one that fell silent may still write into it. */
  async #ask(holder: PeerId): Promise<void> {
    const { pool } = this.#context;
    const size = pieceSize(this.#entry.record, this.#pieceIndex);
    const buffer = pool.take(size);
    const bytes = buffer.subarray(0, size);
    this.#asked.add(holder);
    this.#underWay += 1;
    try {
      await this.#getVerified(holder, bytes);
    } catch (error) {
      this.#underWay -= 1;
      pool.give(buffer);
      this.#cause = error;
      dismissCopy(this.#context, this.#entry, this.#pieceIndex, holder, error);
      return this.askNext();
    }
    this.#underWay -= 1;
    if (this.#done) return pool.give(buffer);
    this.#done = true;
    this.#resolve({ bytes, release: () => pool.give(buffer) });
  }

  async #getVerified(from: PeerId, into: Uint8Array): Promise<void> {
    const { record } = this.#entry;
    const holder = this.#context.holders.get(from);
    if (holder === undefined) throw new HolderError('gone', `${from} is not connected`);
    await holder.getPiece(record.id, this.#pieceIndex, into, () => this.askNext());
    if (createHash('sha1').update(into).digest().compare(pieceHash(record, this.#pieceIndex)) !== 0) {
      throw new HolderError('corrupt', `${from} gave bytes that do not hash`);
    }
  }
}
