/**
 * Verified pieces, in order, from whoever has them. Downloads, seeding and repair all stand on this.
 *
 * A window of pieces is under way in parallel. Each is asked from a random online holder; one that fails or does not
 * hash is asked from another, and the holder is no longer counted on for that piece. What is yielded has always hashed.
 */
import { createHash } from 'node:crypto';
import type { BufferPool } from '../bytes/buffer-pool.ts';
import type { FileId, PeerId } from '../bytes/ids.ts';
import { pieceHash, pieceSize } from '../protocols/metainfo/types.ts';
import type { FileEntry } from './file-entry.ts';
import { type Holder, HolderError } from './holder.ts';
import { dismissCopy, type LostCopiesContext } from './lost-copies.ts';

export interface FetchContext extends LostCopiesContext {
  readonly holders: { get(id: PeerId): Holder | undefined };
  readonly pool: BufferPool;
  readonly budget: WindowBudget;
  /** Bytes of one transfer that may be under way or waiting to be sent. */
  readonly windowBytes: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Nobody (any more) has this piece. */
export class PieceUnavailable extends Error {
  readonly file: FileId;
  readonly part: number;
  constructor(file: FileId, part: number, cause: unknown) {
    super(`piece ${part} of ${file} cannot be had from anyone`, { cause });
    this.name = 'PieceUnavailable';
    this.file = file;
    this.part = part;
  }
}

/**
 * Bytes that all transfers together may have under way beyond the first piece of each, so that fifty downloads at once
 * do not take fifty whole windows of memory. A transfer that gets nothing from the budget still goes on, piece by
 * piece.
 */
export class WindowBudget {
  #left: number;
  constructor(bytes: number) {
    this.#left = bytes;
  }
  tryTake(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
  give(bytes: number): void {
    this.#left += bytes;
  }
}

interface PieceUnderWay {
  readonly buffer: Uint8Array;
  readonly budgeted: number;
  readonly bytes: Promise<Uint8Array>;
}

/**
 * The pieces `first` to `last` of `entry`, verified, in order. A yielded piece is a view of a pooled buffer: it is only
 * valid until the next one is asked for. Throws PieceUnavailable when no holder can give a piece.
 */
export async function* fetchPieces(
  context: FetchContext,
  entry: FileEntry,
  first: number,
  last: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const underWay: PieceUnderWay[] = [];
  let next = first;
  let windowLeft = context.windowBytes;

  const startWhatFits = (): void => {
    for (; next <= last; next += 1) {
      const size = pieceSize(entry.record, next);
      const alone = underWay.length === 0;
      if (!alone && (size > windowLeft || !context.budget.tryTake(size))) return;
      windowLeft -= size;
      const buffer = context.pool.take(size);
      const bytes = fetchPiece(context, entry, next, buffer.subarray(0, size));
      bytes.catch(() => undefined); // It is awaited in its turn; until then its failure is nobody's unhandled one.
      underWay.push({ buffer, budgeted: alone ? 0 : size, bytes });
    }
  };
  const release = ({ buffer, budgeted }: PieceUnderWay): void => {
    context.pool.give(buffer);
    context.budget.give(budgeted);
  };

  try {
    for (let part = first; part <= last; part += 1) {
      startWhatFits();
      const piece = underWay[0] as PieceUnderWay;
      const bytes = await piece.bytes;
      yield bytes;
      underWay.shift();
      windowLeft += bytes.length;
      release(piece);
    }
  } finally {
    // The reader has left or a piece is lost. Holders may still be writing into the other buffers: wait for them.
    for (const piece of underWay)
      piece.bytes.then(
        () => release(piece),
        () => release(piece),
      );
  }
}

/**
 * Fetches one piece, verified, and lends it to `use`; its buffer is used for something else as soon as `use` settles.
 */
export async function withPiece(
  context: FetchContext,
  entry: FileEntry,
  part: number,
  use: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const size = pieceSize(entry.record, part);
  const buffer = context.pool.take(size);
  try {
    await use(await fetchPiece(context, entry, part, buffer.subarray(0, size)));
  } finally {
    context.pool.give(buffer);
  }
}

/** Reads one piece into `into`, from one holder after the other until it hashes. */
async function fetchPiece(
  context: FetchContext,
  entry: FileEntry,
  part: number,
  into: Uint8Array,
): Promise<Uint8Array> {
  const { id } = entry.record;
  const failed = new Set<PeerId>();
  let cause: unknown;
  for (;;) {
    const candidates = entry.holdersOf(part).filter((holder) => !failed.has(holder));
    const lively = candidates.filter((holder) => context.holders.get(holder)?.stalled !== true);
    const among = lively.length > 0 ? lively : candidates;
    const chosen = among[Math.floor(context.random() * among.length)];
    if (chosen === undefined) throw new PieceUnavailable(id, part, cause);
    try {
      await getVerified(context, entry, part, chosen, into);
      return into;
    } catch (error) {
      cause = error;
      failed.add(chosen);
      dismissCopy(context, entry, part, chosen, error);
    }
  }
}

async function getVerified(
  context: FetchContext,
  entry: FileEntry,
  part: number,
  from: PeerId,
  into: Uint8Array,
): Promise<void> {
  const holder = context.holders.get(from);
  if (holder === undefined) throw new HolderError('gone', `${from} is not connected`);
  await holder.getPiece(entry.record.id, part, into);
  const expected = pieceHash(entry.record, part);
  if (createHash('sha1').update(into).digest().compare(expected) !== 0) {
    throw new HolderError('corrupt', `${from} gave bytes that do not hash`);
  }
}
