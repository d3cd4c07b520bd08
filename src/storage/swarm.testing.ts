/** Files and holders in memory, for tests of the domain. */
import { createHash } from 'node:crypto';
import { ManualClock } from '../async/clock.testing.ts';
import { RateLimit } from '../async/rate-limit.ts';
import { BufferPool } from '../bytes/buffer-pool.ts';
import type { PeerId, TorrentId } from '../bytes/ids.ts';
import { pieceRanges } from '../bytes/pieces.ts';
import { silentLog } from '../io/log.ts';
import { ContentHasher } from '../protocols/metainfo/hash.ts';
import { infoHash } from '../protocols/metainfo/write.ts';
import { TorrentEntry, type TorrentRecord } from './catalog/torrent-entry.ts';
import { type FetchContext, WindowBudget } from './fetch/fetch.ts';
import { LostCopies, type OnLost } from './fetch/lost-copies.ts';
import { nobodyDown } from './holders/down-peers.ts';
import { type HeldFile, HolderError, type PieceToStore, type TempStore } from './holders/holder.ts';
import { Transfers } from './holders/transfers.ts';

export const peer = (name: string): PeerId => name as PeerId;

/** `length` bytes that look random and are the same every time. */
export function someBytes(length: number, seed = 'rivulet'): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

export function recordOf(name: string, content: Uint8Array, pieceLength: number, createdMs = 0): TorrentRecord {
  const hasher = new ContentHasher(pieceLength);
  hasher.update(content);
  const metainfo = { name, pieceLength, ...hasher.finish() };
  return { ...metainfo, id: infoHash(metainfo), createdMs };
}

export function pieceOf(content: Uint8Array, pieceLength: number, pieceIndex: number): PieceToStore {
  const bytes = content.subarray(pieceIndex * pieceLength, (pieceIndex + 1) * pieceLength);
  return { pieceIndex: pieceIndex, offset: pieceIndex * pieceLength, sha1: sha1Of(bytes), bytes };
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

export type MemoryOperation = 'get' | 'store' | 'sync' | 'drop' | 'drop-piece' | 'verify' | 'list';

/** A holder that keeps pieces in memory, counts what it is asked, and fails or lies where a test says so. */
export class MemoryHolder implements TempStore {
  readonly kind = 'fifo';
  readonly id: PeerId;
  freeBytes = 1e9;
  stalled = false;
  /** Whether it says that it has fallen silent whenever it is asked for a piece. */
  stalls = false;
  readonly files = new Map<TorrentId, Map<number, Uint8Array>>();
  readonly asked: number[] = [];
  readonly synced: TorrentId[] = [];
  /** Called before each operation; may throw, or wait. */
  before: (operation: MemoryOperation, pieceIndex?: number) => void | Promise<void> = () => {};

  constructor(id: string) {
    this.id = peer(id);
  }

  /** Puts pieces in at once: all of `content`, or only `parts`. */
  fill(entry: TorrentEntry, content: Uint8Array, parts: Iterable<number> = Array(entry.pieces).keys()): void {
    for (const pieceIndex of parts) {
      this.#pieces(entry.record.id).set(pieceIndex, pieceOf(content, entry.record.pieceLength, pieceIndex).bytes);
      entry.addPiece(this.id, pieceIndex);
    }
  }

  async measureFreeBytes(): Promise<number> {
    return this.freeBytes;
  }

  async getPiece(file: TorrentId, pieceIndex: number, into: Uint8Array, onStall?: () => void): Promise<void> {
    this.asked.push(pieceIndex);
    if (this.stalls) onStall?.();
    await this.before('get', pieceIndex);
    const bytes = this.files.get(file)?.get(pieceIndex);
    if (bytes === undefined) throw new HolderError('not-found', `${this.id} has no piece ${pieceIndex}`);
    into.set(bytes);
  }

  async storePiece(file: TorrentId, piece: PieceToStore): Promise<void> {
    await this.before('store', piece.pieceIndex);
    this.#pieces(file).set(piece.pieceIndex, Uint8Array.from(piece.bytes));
  }

  async sync(file: TorrentId): Promise<void> {
    await this.before('sync');
    this.synced.push(file);
  }

  async drop(file: TorrentId): Promise<void> {
    await this.before('drop');
    this.files.delete(file);
  }

  release(file: TorrentId): Promise<void> {
    return this.drop(file);
  }

  async dropPiece(file: TorrentId, pieceIndex: number): Promise<void> {
    await this.before('drop-piece', pieceIndex);
    const pieces = this.files.get(file);
    pieces?.delete(pieceIndex);
    if (pieces?.size === 0) this.files.delete(file);
  }

  async verifyPiece(file: TorrentId, pieceIndex: number, sha1: string): Promise<void> {
    await this.before('verify', pieceIndex);
    const bytes = this.files.get(file)?.get(pieceIndex);
    if (bytes === undefined) throw new HolderError('not-found', `${this.id} has no piece ${pieceIndex}`);
    if (sha1Of(bytes) !== sha1) throw new HolderError('corrupt', `piece ${pieceIndex} of ${this.id} has another hash`);
  }

  async list(file?: TorrentId): Promise<HeldFile[]> {
    await this.before('list');
    const all = [...this.files].map(([id, pieces]) => ({ file: id, parts: pieceRanges(pieces.keys()), shared: false }));
    return file === undefined ? all : all.filter((held) => held.file === file);
  }

  #pieces(file: TorrentId): Map<number, Uint8Array> {
    const pieces = this.files.get(file) ?? new Map<number, Uint8Array>();
    this.files.set(file, pieces);
    return pieces;
  }
}

/** A context for `fetchPieces` with holders in memory, where the first candidate is always chosen. */
export function fetchContext(
  holders: readonly MemoryHolder[],
  { onLost = () => {}, ...changes }: Partial<FetchContext> & { readonly onLost?: OnLost } = {},
): FetchContext {
  const byId = new Map(holders.map((holder) => [holder.id, holder]));
  return {
    holders: byId,
    pool: new BufferPool(1 << 20),
    budget: new WindowBudget(1 << 20),
    windowBytes: 1 << 16,
    lostCopies: new LostCopies(silentLog, onLost),
    random: () => 0,
    ...changes,
  };
}

/** Collaborators that nobody looks at, in tests of something else. */
export const unwatched = { transfers: new Transfers(() => 0) };

/** The collaborators of a replicator besides the domain itself: nobody is waited for, and no rate is kept. */
export const atOnce = {
  down: () => nobodyDown,
  rate: new RateLimit({ bytesPerSecond: Number.POSITIVE_INFINITY, clock: new ManualClock() }),
  clock: new ManualClock(),
  onRepaired() {},
  onMoved() {},
  log: silentLog,
};

export function entryOf(name: string, content: Uint8Array, pieceLength: number, createdMs = 0): TorrentEntry {
  return new TorrentEntry(recordOf(name, content, pieceLength, createdMs));
}

/** A promise and the means to settle it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
