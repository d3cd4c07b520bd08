/**
 * A download while it is not complete: pieces go in, can be read again at once, and are durable soon after. Its folder
 * on the disk is described in part-folder.ts. It knows neither where pieces come from nor which is to be fetched next.
 *
 *     await download.write(41, bytes);      // in `have`, and readable from here on
 *     await download.sync();                // and there after a power loss from here on
 *     await download.finish();              // { path: '/home/ann/debian.iso', ... }
 */
import { basename, dirname, join } from 'node:path';
import { Gate } from '../../async/gate.ts';
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { FileCalls } from '../files/calls.ts';
import { isThere } from '../files/files.ts';
import type { Log } from '../log.ts';
import { attempt, DownloadError } from './download-error.ts';
import type { FileMark } from './file-mark.ts';
import { putBack, settleFinalName, takeFinalName } from './final-place.ts';
import type { FolderNames } from './folder-names.ts';
import type { PartFolder } from './part-folder.ts';
import { isGoodPiece } from './piece-check.ts';
import type { Recorder } from './recorder.ts';
import type { SavedState } from './saved-state.ts';
import type { Origin } from './shared-torrent.ts';
import type { TorrentFiles } from './torrent-files.ts';

/** The parts of a download, put together by `openDownload`. */
export interface DownloadParts {
  readonly folder: PartFolder;
  readonly files: TorrentFiles;
  readonly state: SavedState;
  readonly names: FolderNames;
  readonly recorder: Recorder;
  readonly have: Bitfield;
  readonly unsure: Set<number>;
  /** The path that the download gets when it is complete. */
  readonly finalPath: string;
  readonly overwrite: boolean;
  readonly calls: FileCalls;
  readonly log: Log;
}

export class Download {
  /**
   * The pieces that are there, the unsure ones as well. One goes when `recheck` finds it bad, and when the disk has
   * lost it, which a sync that fails tells.
   */
  readonly have: Bitfield;
  readonly #parts: DownloadParts;
  readonly #gate = new Gate();
  /**
   * The files once they have their final name, which may not be durable: a disk that failed just then can be tried
   * again.
   */
  #named: Origin | undefined;
  /** Settles when the download was closed, finished or discarded. */
  #end: Promise<void> | undefined;

  constructor(parts: DownloadParts) {
    this.#parts = parts;
    this.have = parts.have;
  }

  /**
   * Pieces in `have` whose files were written to after they were made durable: by a process that was killed, most
   * likely. All of them must be rechecked, or written again, before `finish`.
   */
  get unsure(): ReadonlySet<number> {
    return this.#parts.unsure;
  }

  /**
   * Keeps a piece, whose hash the caller has checked. `bytes` are read until this settles. Pieces may be written at the
   * same time. Throws a DownloadError, also when an earlier piece could not be made durable and cannot be now.
   */
  write(pieceIndex: number, bytes: Uint8Array): Promise<void> {
    const { files, recorder, unsure } = this.#parts;
    return this.#attempt('writing to', async () => {
      if (this.have.has(pieceIndex) && !unsure.has(pieceIndex)) return;
      await recorder.store(pieceIndex, () => files.writePiece(pieceIndex, bytes));
      this.have.add(pieceIndex);
      unsure.delete(pieceIndex);
    });
  }

  /** Fills `into`, which is exactly as long as the piece, with one that is in `have`. Throws DownloadError. */
  read(pieceIndex: number, into: Uint8Array): Promise<void> {
    return this.#attempt('reading from', async () => {
      if (!this.have.has(pieceIndex)) throw new RangeError(`piece ${pieceIndex} is not there`);
      await this.#parts.files.readPiece(pieceIndex, into);
    });
  }

  /**
   * Reads and hashes a piece that is in `have`; a bad one is no longer there, and false is returned. Throws
   * DownloadError.
   */
  recheck(pieceIndex: number): Promise<boolean> {
    const { files, recorder, unsure } = this.#parts;
    return this.#attempt('reading from', async () => {
      if (!this.have.has(pieceIndex)) return false;
      const wasUnsure = unsure.has(pieceIndex);
      const good = await isGoodPiece(files, pieceIndex);
      // Written again meanwhile: what was read may have been half of each. Or lost meanwhile.
      if (wasUnsure !== unsure.has(pieceIndex) || !this.have.has(pieceIndex)) return this.have.has(pieceIndex);
      unsure.delete(pieceIndex);
      if (good) recorder.stored(pieceIndex);
      else if (this.have.remove(pieceIndex)) recorder.lost(pieceIndex);
      return good;
    });
  }

  /** Settles once every piece whose `write` had settled before is durable, and known to the next start. */
  sync(): Promise<void> {
    return this.#attempt('writing to', () => this.#parts.recorder.sync());
  }

  /**
   * Gives a complete download its final name, and closes it; returns where and what it is now, for `openComplete`.
   * Throws a DownloadError when it cannot; then it is as it was, and open.
   */
  async finish(): Promise<Origin> {
    const origin = await this.#attempt('finishing', () => this.#moveToFinalPlace());
    this.#end ??= this.#removeRest();
    await this.#end;
    return origin;
  }

  /**
   * Closes the download so that `openDownload` can go on with it. Throws a DownloadError when not all of it could be
   * made durable; it is closed all the same. Nothing happens when it was closed, finished or discarded.
   */
  close(): Promise<void> {
    this.#end ??= attempt(`closing ${this.#parts.folder.path}`, () => this.#close());
    return this.#end;
  }

  /** Gives the download up: nothing of it is left. Throws DownloadError. */
  discard(): Promise<void> {
    this.#end ??= attempt(`removing ${this.#parts.folder.path}`, () => this.#discard());
    return this.#end;
  }

  async #moveToFinalPlace(): Promise<Origin> {
    const { files, folder, finalPath, overwrite, calls } = this.#parts;
    const isFolder = files.layout.torrent.files !== undefined;
    const move = { from: files.root, to: finalPath, isFolder, overwrite, aside: folder.asidePath };
    if (this.#named === undefined) {
      const marks = await this.#makeSure();
      const path = join(await calls.realpath(dirname(finalPath)), basename(finalPath));
      await takeFinalName(move, calls);
      this.#named = { path, marks };
    }
    await settleFinalName(move, calls);
    return this.#named;
  }

  /**
   * Makes sure that the files are on stable storage and as they were when they were hashed; returns what they look
   * like.
   */
  async #makeSure(): Promise<readonly FileMark[]> {
    const { files, recorder, names, unsure } = this.#parts;
    if (!this.have.full || unsure.size > 0) {
      throw new Error(`finished with ${this.have.count} of ${this.have.size} pieces, ${unsure.size} unsure`);
    }
    await recorder.sync();
    const marks = await recorder.checkFiles();
    for (const file of files.layout.files.keys()) await names.settle(files.pathOf(file));
    return marks;
  }

  async #close(): Promise<void> {
    await this.#gate.shut();
    try {
      await this.#parts.recorder.sync();
    } finally {
      await this.#closeFiles().finally(() => this.#parts.folder.release());
    }
  }

  async #discard(): Promise<void> {
    const { folder, finalPath, calls } = this.#parts;
    await this.#gate.shut();
    try {
      await this.#closeFiles();
      await putBack(folder.asidePath, finalPath, calls);
      if (await isThere(folder.asidePath, calls)) throw stillAside(folder.asidePath, finalPath);
    } catch (error) {
      await folder.release();
      throw error;
    }
    await folder.remove();
  }

  /** Removes the rest of the download when the files have their final names. */
  async #removeRest(): Promise<void> {
    const { folder, log } = this.#parts;
    await this.#gate.shut();
    try {
      await this.#closeFiles().finally(() => folder.remove());
    } catch (error) {
      // The download is whole and has its name: that is what was asked for.
      log.warn('assemble', 'the rest of a download could not be removed', { path: folder.path, reason: String(error) });
    }
  }

  async #closeFiles(): Promise<void> {
    const { recorder, state, files } = this.#parts;
    await recorder.stop();
    await files.close().finally(() => state.close());
  }

  #attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    return attempt(`${doing} ${this.#parts.files.root}`, () => this.#gate.run(work));
  }
}

function stillAside(aside: string, finalPath: string): DownloadError {
  const what = `${aside} was put aside, and its name has been given to something else`;
  return new DownloadError('target-exists', `${what}. Move it, or ${finalPath}, away`);
}
