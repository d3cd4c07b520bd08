/**
 * One piece, verified, from whoever gives it first. It is asked from a random online holder, one that is not across a
 * network if there is any; when that one fails, or what it gives does not hash, from another, and the holder is no
 * longer counted on for that piece. When a holder merely falls silent, another is asked as well: a frozen peer delays
 * nobody for as long as it takes to be given up.
 */
import { createHash } from 'node:crypto';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { lastResortFor } from '../catalog/unreadable.ts';
import { type Holder, HolderError } from '../holders/holder.ts';
import type { LostCopies } from './lost-copies.ts';

/** The collaborators of whoever fetches one piece. */
export interface PieceContext {
  readonly holders: { get(id: PeerId): Holder | undefined };
  readonly lostCopies: LostCopies;
  readonly pool: BufferPool;
  /** Random numbers from 0 to below 1. */
  readonly random: () => number;
}

/** The error when no holder can give a piece (any more). */
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

/** A piece in a pooled buffer, until it is released. */
export interface LentPiece {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Settles with the piece. Throws PieceUnavailable when no holder can give it. */
export function fetchPiece(context: PieceContext, entry: TorrentEntry, pieceIndex: number): Promise<LentPiece> {
  return new Promise((resolve, reject) => new PieceRequest(context, entry, pieceIndex, { resolve, reject }).askNext());
}

/** The two ends of a promise for a piece. */
interface Outcome {
  readonly resolve: (piece: LentPiece) => void;
  readonly reject: (error: Error) => void;
}

/** The search for one piece: holders are asked, one more whenever one fails or falls silent. */
class PieceRequest {
  readonly #context: PieceContext;
  readonly #entry: TorrentEntry;
  readonly #pieceIndex: number;
  readonly #outcome: Outcome;
  readonly #asked = new Set<PeerId>();
  #outstanding = 0;
  #done = false;
  /** The last holder's reason not to give it. */
  #cause: unknown;

  constructor(context: PieceContext, entry: TorrentEntry, pieceIndex: number, outcome: Outcome) {
    this.#context = context;
    this.#entry = entry;
    this.#pieceIndex = pieceIndex;
    this.#outcome = outcome;
  }

  /** Asks one more holder; fails when there is none and no request is outstanding either. */
  askNext(): void {
    if (this.#done) return;
    const chosen = this.#choose();
    if (chosen !== undefined) void this.#ask(chosen);
    else if (this.#outstanding === 0) {
      this.#outcome.reject(new PieceUnavailable(this.#entry.record.id, this.#pieceIndex, this.#cause));
    }
  }

  #choose(): PeerId | undefined {
    const { holders, random } = this.#context;
    const { holdings } = this.#entry;
    const candidates = this.#entry.holdersOf(this.#pieceIndex).filter((holder) => !this.#asked.has(holder));
    const lively = candidates.filter((holder) => holders.get(holder)?.stalled !== true);
    const here = lively.filter((holder) => holdings.get(holder)?.kind !== 'wire');
    const among = [here, lively, candidates, this.#lastResort()].find(({ length }) => length > 0) ?? [];
    return among[Math.floor(random() * among.length)];
  }

  /** Holders whose copy could not be read: they are asked only when no request is outstanding. */
  #lastResort(): PeerId[] {
    if (this.#outstanding > 0) return [];
    return lastResortFor(this.#entry, this.#pieceIndex).filter((holder) => !this.#asked.has(holder));
  }

  /** Asks one holder, with a buffer of its own: one that fell silent may still write into it. */
  async #ask(holder: PeerId): Promise<void> {
    const { pool, lostCopies } = this.#context;
    const size = pieceSize(this.#entry.record, this.#pieceIndex);
    const buffer = pool.take(size);
    const bytes = buffer.subarray(0, size);
    this.#asked.add(holder);
    this.#outstanding += 1;
    try {
      await this.#getVerified(holder, bytes);
    } catch (error) {
      this.#outstanding -= 1;
      pool.give(buffer);
      this.#cause = error;
      lostCopies.judge(this.#entry, this.#pieceIndex, holder, error, 'assemble');
      return this.askNext();
    }
    this.#outstanding -= 1;
    lostCopies.readWell(this.#entry, this.#pieceIndex, holder);
    if (this.#done) return pool.give(buffer);
    this.#done = true;
    this.#outcome.resolve({ bytes, release: () => pool.give(buffer) });
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
