/**
 * Makes pieces durable, and then has the state say so: never the other way round.
 *
 *     stored(0) stored(1) sync   =>   fdatasync(files); fsync(folders), once; lstat(files); append to the state
 *
 * A sync comes by itself when much waits for one, or for long. When that fails, the next `store` tells.
 *
 * After a failed fdatasync nobody knows which bytes are on the disk, and a second one may report success without them.
 * So all pieces that were not recorded are read back, hashed and written once more before it is tried again.
 *
 * Shortcut: what somebody else writes into a file while pieces of it wait for a sync is taken for ours.
 */

import type { Clock } from '../../async/clock.ts';
import { CoalescedTask } from '../../async/coalesced-task.ts';
import { inParallel } from '../../async/in-parallel.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import { DownloadError, downloadError } from './download-error.ts';
import type { FileMark, SeenFile } from './file-mark.ts';
import type { FolderNames } from './folder-names.ts';
import { isGoodPiece } from './piece-check.ts';
import type { SavedState } from './saved-state.ts';
import type { TorrentFiles } from './torrent-files.ts';
import { type Batch, Unrecorded } from './unrecorded.ts';

/**
 * The most bytes that a power loss may cost. A fast disk writes as much in a fraction of a second, a slow one in a few.
 */
export const unsyncedBytesMax = 128 * 1024 * 1024;
export const unsyncedMsMax = 5000;

/** Syncs at a time: more would keep the few threads that Node has for files from everything else. */
const syncsMax = 2;
const looksMax = 4;

/** The differences between the files and what the state says. */
export interface Differences {
  /** Pieces that the state names, and that may be there no more. */
  readonly unsure: readonly number[];
  /** Pieces that the state names, and that are there no more. */
  readonly lost: readonly number[];
  /** Pieces that are good. */
  readonly parts: readonly number[];
  /** Files that look other. */
  readonly files: readonly number[];
}

export interface RecorderParts {
  readonly files: TorrentFiles;
  readonly state: SavedState;
  readonly names: FolderNames;
  /** The files as they looked when they were opened. */
  readonly seen: readonly SeenFile[];
  /** Called when the disk has lost a piece that was stored. */
  readonly onLost: (pieceIndex: number) => void;
  readonly clock: Pick<Clock, 'after'>;
}

export class Recorder {
  readonly #parts: RecorderParts;
  readonly #unrecorded = new Unrecorded();
  /** Pieces that an fdatasync which failed may have left out. */
  readonly #doubted = new Set<number>();
  readonly #syncs = new CoalescedTask(() => this.#syncOnce());
  /** Pieces that are being written. */
  readonly #underWay = new Set<number>();
  /** Whether the latest sync failed. */
  #failing = false;
  #cancelSync: (() => void) | undefined;
  #stopped = false;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Has `write` write a piece, unless syncs fail. Throws the failure of the sync, or what `write` throws. */
  async store(pieceIndex: number, write: () => Promise<void>): Promise<void> {
    if (this.#failing) await this.sync();
    this.#underWay.add(pieceIndex);
    try {
      await write();
    } finally {
      this.#underWay.delete(pieceIndex);
    }
    this.stored(pieceIndex);
  }

  /** Notes that a good piece is in its files, to be synced soon. */
  stored(pieceIndex: number): void {
    this.#add(pieceIndex);
    if (this.#unrecorded.bytes >= unsyncedBytesMax) this.#syncSoon();
    else this.#cancelSync ??= this.#parts.clock.after(unsyncedMsMax, () => this.#syncSoon());
  }

  /** Notes what was found at the start, to be recorded with the next sync. */
  found({ unsure, lost, parts, files }: Differences): void {
    for (const pieceIndex of unsure) this.#unrecorded.addUnsure(pieceIndex);
    for (const pieceIndex of lost) this.#unrecorded.addLost(pieceIndex);
    for (const pieceIndex of parts) this.#add(pieceIndex);
    for (const file of files) this.#unrecorded.addFile(file);
  }

  /** Notes that a piece is there no more. */
  lost(pieceIndex: number): void {
    this.#doubted.delete(pieceIndex);
    this.#unrecorded.addLost(pieceIndex);
  }

  /** Settles once all that was told before is on stable storage. Throws DownloadError. */
  sync(): Promise<void> {
    return this.#syncs.run();
  }

  /** Ends the syncs; settles when none is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelSync?.();
    await this.sync();
  }

  /**
   * The marks of the files as they are now. Throws a DownloadError, `changed`, when one is not as it was when it was
   * last synced.
   */
  async checkFiles(): Promise<readonly FileMark[]> {
    const { files, state } = this.#parts;
    const marks: FileMark[] = [];
    await inParallel(files.layout.files.keys(), looksMax, async (file) => {
      const mark = await this.#look(file);
      marks[file] = mark;
      if (mark === state.mark(file)) return;
      const advice = 'Start the download again: it is checked then';
      throw new DownloadError('changed', `${files.pathOf(file)} was changed by another program. ${advice}`);
    });
    return marks;
  }

  #add(pieceIndex: number): void {
    this.#unrecorded.addPart(pieceIndex, pieceSize(this.#parts.files.layout.torrent, pieceIndex));
  }

  #syncSoon(): void {
    this.sync().catch(() => {}); // `store` tries again, and tells.
  }

  async #syncOnce(): Promise<void> {
    this.#cancelSync?.();
    this.#cancelSync = undefined;
    if (this.#stopped) return;
    try {
      await this.#rewriteDoubted();
      await this.#record();
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      throw downloadError(`saving what was downloaded to ${this.#parts.files.root}`, error);
    }
  }

  async #record(): Promise<void> {
    if (this.#unrecorded.empty) return;
    const batch = this.#unrecorded.take();
    try {
      const written = new Set([...batch.parts].flatMap((pieceIndex) => this.#parts.files.layout.filesOf(pieceIndex)));
      await this.#flush(written, batch);
      for (const file of written) await this.#parts.names.settle(this.#parts.files.pathOf(file));
      const marks = new Map<number, FileMark>();
      await inParallel(new Set([...written, ...batch.files]), looksMax, async (file) => {
        marks.set(file, await this.#look(file));
      });
      await this.#parts.state.append({ ...batch, marks });
    } catch (error) {
      this.#unrecorded.giveBack(batch);
      throw error;
    }
  }

  async #flush(files: Iterable<number>, batch: Batch): Promise<void> {
    try {
      await inParallel(files, syncsMax, (file) => this.#parts.files.datasync(file));
    } catch (error) {
      for (const pieceIndex of [...batch.parts, ...this.#unrecorded.parts, ...this.#underWay])
        this.#doubted.add(pieceIndex);
      throw error;
    }
  }

  async #rewriteDoubted(): Promise<void> {
    const { files, onLost } = this.#parts;
    let losses = 0;
    for (const pieceIndex of this.#doubted) {
      // One that is still being written has its turn next time.
      if (!this.#unrecorded.parts.has(pieceIndex)) continue;
      const good = await isGoodPiece(files, pieceIndex, (bytes) => files.writePiece(pieceIndex, bytes));
      this.#doubted.delete(pieceIndex);
      if (good) continue;
      losses += 1;
      this.lost(pieceIndex);
      onLost(pieceIndex);
    }
    if (losses === 0) return;
    const what = losses === 1 ? '1 piece, which must' : `${losses} pieces, which must`;
    throw new DownloadError('io', `The disk has lost ${what} be fetched again, in ${files.root}`);
  }

  /** The mark of a file as it is now. Throws a DownloadError, `changed`, when it is another one than it was. */
  async #look(file: number): Promise<FileMark> {
    const { files, seen } = this.#parts;
    const now = await files.see(file);
    if (now?.inode === seen[file]?.inode && now?.size === seen[file]?.size && now !== undefined) return now.mark;
    const what = `${files.pathOf(file)} is not the file any more that it was`;
    throw new DownloadError('changed', `${what}: was it moved or removed? Put it back, or start the download again`);
  }
}
