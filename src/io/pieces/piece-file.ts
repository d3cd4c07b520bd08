/**
 * The pieces that are kept of one file: a sparse data file with their bytes, and the index that names them.
 *
 * What must hold: the index on the disk never names a piece that is not there. So a piece is listed in memory once it
 * is written, and in the index only by a `sync`, after its bytes are on stable storage:
 *
 *     write(0) write(1) sync  =>  pwrite, pwrite; fdatasync(data); append to index, fdatasync(index); fsync(folder)
 *
 * A piece that is dropped goes the other way: its place is free, and its bytes are given back to the file system, only
 * when the index on the disk does not name it any more.
 *
 *     drop(0) sync            =>  fdatasync(data); append to index, fdatasync(index); punch a hole
 *
 * A crash at any point loses pieces that were not synced, and nothing else.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { CoalescedTask } from '../../async/coalesced-task.ts';
import { Gate } from '../../async/gate.ts';
import { type PieceRange, type PieceRecord, type PieceToStore, pieceRanges } from '../../bytes/pieces.ts';
import type { FileCalls } from '../files/calls.ts';
import type { DescriptorCache } from '../files/descriptor-cache.ts';
import { removeFile } from '../files/files.ts';
import { syncFolder } from '../files/folders.ts';
import { DataFile } from './data-file.ts';
import type { FreedSpace } from './freed-space.ts';
import { IndexFile } from './index-file.ts';
import { Places } from './places.ts';
import { StoreError, storeError } from './store-error.ts';
import { Unsynced } from './unsynced.ts';

/** The paths of a file's data and index, and the means to reach them. */
export interface PieceFileLocation {
  readonly dataPath: string;
  readonly indexPath: string;
  readonly descriptors: DescriptorCache;
  readonly calls: FileCalls;
  readonly freedSpace: FreedSpace;
}

export class PieceFile {
  readonly #location: PieceFileLocation;
  readonly #data: DataFile;
  readonly #index: IndexFile;
  readonly #gate = new Gate();
  /** The pieces that are listed. A record's `offset` is where the piece lies in the data file. */
  readonly #pieces = new Map<number, PieceRecord>();
  readonly #places = new Places();
  readonly #unsynced = new Unsynced();
  /** Writes under way, by piece index: two writers of the same piece take turns. */
  readonly #writing = new Map<number, Promise<void>>();
  readonly #reads = new Set<Promise<number>>();
  /** Whether the files' names, and what was found in them, are durable: a killed process may not have seen to that. */
  #settled = false;
  /** Whether pieces were dropped, or no sync ever ended: there may be nothing left to keep. */
  #emptied = false;
  readonly #syncs = new CoalescedTask(() => this.#syncOnce());
  #ranges: readonly PieceRange[] | undefined;

  private constructor(location: PieceFileLocation, index: IndexFile) {
    this.#location = location;
    this.#data = new DataFile(location.dataPath, location.descriptors, location.calls);
    this.#index = index;
  }

  /** A file of which nothing is held yet. */
  static empty(location: PieceFileLocation): PieceFile {
    return new PieceFile(location, IndexFile.empty(location.indexPath, location.calls));
  }

  /** Reads the index from the disk. Pieces that the data file is too short for are not listed. */
  static async load(location: PieceFileLocation): Promise<PieceFile> {
    const { index, pieces, vacated } = await IndexFile.load(location.indexPath, location.calls);
    const file = new PieceFile(location, index);
    const dataBytes = await file.#data.length();
    for (const piece of pieces.values()) {
      const whole = piece.offset + piece.size <= dataBytes;
      if (whole && file.#places.takeAt(piece.offset, piece.size)) file.#pieces.set(piece.pieceIndex, piece);
    }
    // A program that a killed process left behind may still be about to punch them: nothing new is written there.
    for (const { offset, size } of vacated) file.#places.takeAt(offset, size);
    // Everything was dropped; or a process was killed between making the index and writing to it; or a power loss took
    // the data file, whose name was not synced yet, and left the index.
    file.#emptied = (pieces.size === 0 && (vacated.length > 0 || index.empty)) || dataBytes === 0;
    return file;
  }

  /** Whether there is nothing left to keep, so that the files are of no use any more. Nobody works with it now. */
  get vacant(): boolean {
    return this.#emptied && this.#pieces.size === 0 && this.#unsynced.empty && this.#gate.empty;
  }

  get count(): number {
    return this.#pieces.size;
  }

  /** The pieces that are listed. */
  get ranges(): readonly PieceRange[] {
    this.#ranges ??= pieceRanges(this.#pieces.keys());
    return this.#ranges;
  }

  piece(pieceIndex: number): PieceRecord | undefined {
    return this.#pieces.get(pieceIndex);
  }

  /** Lists pieces whose bytes were put into the data file by someone else. */
  adopt(pieces: Iterable<PieceRecord>): void {
    for (const piece of pieces) {
      if (!this.#places.takeAt(piece.offset, piece.size)) throw new Error(`piece ${piece.pieceIndex} overlaps another`);
      this.#list(piece);
    }
  }

  /** Keeps the pieces of `other` that are not here, as far as they are whole. Fails with a StoreError. */
  async copyFrom(other: PieceFile): Promise<void> {
    for (const [pieceIndex, { offset, size, sha1 }] of other.#pieces) {
      if (this.#pieces.has(pieceIndex)) continue;
      const bytes = new Uint8Array(size);
      try {
        await other.read(pieceIndex, bytes);
        await this.write({ pieceIndex, offset, sha1, bytes });
      } catch (error) {
        // A damaged piece is no reason to leave the others.
        if (!(error instanceof StoreError && error.code === 'corrupt')) throw error;
      }
    }
  }

  /** Fills `into` with a piece; they must be equally long. Fails with a StoreError. */
  read(pieceIndex: number, into: Uint8Array): Promise<void> {
    return this.#attempt('reading a piece', async () => {
      const piece = this.#pieces.get(pieceIndex);
      if (piece === undefined) throw new StoreError('not-found', `piece ${pieceIndex} is not here`);
      if (into.length !== piece.size)
        throw new RangeError(`piece ${pieceIndex} has ${piece.size} bytes, not ${into.length}`);
      const bytesRead = await this.#readAt(into, piece.offset);
      if (bytesRead === piece.size) return;
      if (this.#pieces.get(pieceIndex) === piece) this.#unlist(pieceIndex);
      throw new StoreError('corrupt', `the data file ends before piece ${pieceIndex} does`);
    });
  }

  /** Keeps a piece if its bytes have its hash; one that was kept before is replaced. Fails with a StoreError. */
  write(piece: PieceToStore): Promise<void> {
    return this.#attempt('writing a piece', async () => {
      const sha1 = createHash('sha1').update(piece.bytes).digest('hex');
      if (sha1 !== piece.sha1) throw new StoreError('corrupt', `piece ${piece.pieceIndex} has the hash ${sha1}`);
      while (this.#writing.has(piece.pieceIndex)) await this.#writing.get(piece.pieceIndex);
      const writing = this.#writePiece(piece);
      // Who waits for its turn is not told of the failure of another's write.
      this.#writing.set(
        piece.pieceIndex,
        writing.catch(() => {}),
      );
      try {
        await writing;
      } finally {
        this.#writing.delete(piece.pieceIndex);
      }
    });
  }

  /**
   * Lists a piece no longer, if it is listed. The next `sync` makes that durable and frees its space. Fails with a
   * StoreError.
   */
  drop(pieceIndex: number): Promise<void> {
    return this.#attempt('dropping a piece', async () => {
      while (this.#writing.has(pieceIndex)) await this.#writing.get(pieceIndex);
      const piece = this.#pieces.get(pieceIndex);
      if (piece === undefined) return;
      this.#unlist(pieceIndex);
      this.#unsynced.drop(piece);
      this.#emptied = true;
    });
  }

  /**
   * Settles once every piece whose write had settled before is durable. Those who ask while one is under way share the
   * next. The space of pieces that were dropped before is free then. After a failure the pieces that were not durable
   * before are no longer listed. Fails with a StoreError.
   */
  sync(): Promise<void> {
    return this.#attempt('making pieces durable', () => this.#syncs.run());
  }

  /** Closes the file; settles once no work with it is under way. */
  async close(): Promise<void> {
    await this.#gate.shut();
    await this.#data.close();
  }

  /** Closes the file and removes it from the disk: first the index, which must never name what is not there. */
  async remove(): Promise<void> {
    await this.close();
    await removeFile(this.#location.indexPath, this.#location.calls);
    await this.#data.remove();
  }

  async #writePiece({ pieceIndex, offset, sha1, bytes }: PieceToStore): Promise<void> {
    const size = bytes.length;
    const known = this.#pieces.get(pieceIndex);
    if (known?.sha1 === sha1 && known.size === size) {
      // The same bytes again. Writing them in place is safe at any point, and repairs a copy gone bad on the disk.
      await this.#data.write(bytes, known.offset);
      this.#list(known);
      return;
    }
    const place = this.#places.take(offset, size);
    try {
      await this.#data.write(bytes, place);
    } catch (error) {
      this.#places.release(place);
      throw error;
    }
    this.#list({ pieceIndex, offset: place, size, sha1 }, known);
  }

  async #syncOnce(): Promise<void> {
    if (this.#unsynced.empty && this.#settled) return;
    const batch = this.#unsynced.take();
    try {
      await this.#data.sync();
      await this.#index.append(batch);
      if (!this.#settled) await syncFolder(dirname(this.#location.dataPath), this.#location.calls);
    } catch (error) {
      // A failed fsync says nothing about which bytes arrived, and a second one may report success without them. So
      // all pieces not synced are given up, those written meanwhile too. Their places are left alone until the next
      // start, when the index tells again.
      for (const piece of this.#unsynced.giveUp(batch))
        if (this.#pieces.get(piece.pieceIndex) === piece) this.#unlist(piece.pieceIndex);
      throw error;
    }
    this.#settled = true;
    await this.#free(batch.vacated);
  }

  /** Frees places that neither list nor index names any more, once the reads under way have ended. */
  async #free(places: readonly PieceRecord[]): Promise<void> {
    if (places.length === 0) return;
    await Promise.allSettled(this.#reads);
    await this.#location.freedSpace.giveBack(this.#location.dataPath, places);
    for (const { offset } of places) this.#places.release(offset);
  }

  async #readAt(into: Uint8Array, offset: number): Promise<number> {
    const reading = this.#data.read(into, offset);
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  #list(piece: PieceRecord, replaced?: PieceRecord): void {
    this.#pieces.set(piece.pieceIndex, piece);
    this.#unsynced.store(piece, replaced);
    this.#ranges = undefined;
  }

  #unlist(pieceIndex: number): void {
    this.#pieces.delete(pieceIndex);
    this.#unsynced.forget(pieceIndex);
    this.#ranges = undefined;
  }

  async #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await this.#gate.run(work);
    } catch (error) {
      throw storeError(doing, error);
    }
  }
}
