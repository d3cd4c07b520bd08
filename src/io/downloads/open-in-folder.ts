/**
 * A download in its folder, new or as it was left: which of its pieces are trusted, what must be hashed for that, and
 * whether there is room for the rest. Only the order of the steps is decided here.
 */
import type { Clock } from '../../async/clock.ts';
import { Bitfield } from '../../bytes/bitfield.ts';
import { formatSize } from '../../bytes/format.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { type Metainfo, pieceCount } from '../../protocols/metainfo/types.ts';
import type { FileCalls } from '../files/calls.ts';
import { DescriptorCache } from '../files/descriptor-cache.ts';
import type { Log } from '../log.ts';
import { Download } from './download.ts';
import { DownloadError } from './download-error.ts';
import type { SeenFile } from './file-mark.ts';
import { FolderNames } from './folder-names.ts';
import type { Layout } from './layout.ts';
import { makeFiles, seeFiles } from './make-files.ts';
import type { PartFolder } from './part-folder.ts';
import type { CheckOptions } from './piece-check.ts';
import { Recorder } from './recorder.ts';
import { SavedState } from './saved-state.ts';
import { storeInfo } from './stored-info.ts';
import { TorrentFiles } from './torrent-files.ts';
import { findGoodPieces, trustOf } from './trust.ts';

/** Open files of one download; far below the 1024 descriptors that a process usually may have. */
const descriptorsMax = 64;

export interface DownloadOptions extends CheckOptions {
  /** The folder that the download ends up in; made if it is not there. */
  readonly directory: string;
  /** The torrent, and as `id` its info-hash. */
  readonly file: Metainfo & { readonly id: TorrentId };
  /** Whether something else that is called NAME may be replaced: at the end, by the complete download. */
  readonly overwrite: boolean;
  readonly log: Log;
  /** The cache of open files that several downloads share. */
  readonly descriptors?: DescriptorCache | undefined;
  /** Replaced in tests of a failing disk. */
  readonly calls?: FileCalls | undefined;
  readonly clock?: Pick<Clock, 'after'> | undefined;
}

/** The options, and what follows from them. */
export interface DownloadPlan extends DownloadOptions {
  /** The target folder, absolute. */
  readonly directory: string;
  /** The path of the complete download: DIR/NAME. */
  readonly finalPath: string;
  readonly layout: Layout;
  readonly calls: FileCalls;
  readonly clock: Pick<Clock, 'after'>;
}

/** Opens the download in `folder`, which stays the caller's when this fails. */
export async function openInFolder(folder: PartFolder, plan: DownloadPlan): Promise<Download> {
  const { file, layout, calls, directory } = plan;
  const descriptors = plan.descriptors ?? new DescriptorCache(calls, descriptorsMax);
  const files = new TorrentFiles(layout, { root: folder.dataPath(file.name), writable: true, descriptors, calls });
  await storeInfo(directory, file, calls);
  const state = await SavedState.open(folder.statePath, pieceCount(file), calls);
  try {
    const found = await lookAround(files, state, plan);
    await checkRoom(folder.path, found.have, plan);
    return await begin(folder, files, state, found, plan);
  } catch (error) {
    // Why it could not be opened is more than why it could not be closed.
    await Promise.allSettled([files.close(), state.close()]);
    throw error;
  }
}

interface Found {
  readonly have: Bitfield;
  readonly unsure: Set<number>;
  /** Pieces that were hashed just now. */
  readonly good: readonly number[];
  /** The files as they look now. */
  readonly seen: readonly SeenFile[];
}

async function lookAround(files: TorrentFiles, state: SavedState, plan: DownloadPlan): Promise<Found> {
  const { layout, calls, signal } = plan;
  const before = await seeFiles(files);
  const { there, unsure, doubtful } = trustOf(layout, state, before);
  signal?.throwIfAborted();
  const seen = await makeFiles(files, before, calls);
  const good = await findGoodPieces(files, doubtful, plan);
  const have = new Bitfield(pieceCount(layout.torrent));
  for (const pieceIndex of [there, good].flat()) have.add(pieceIndex);
  return { have, unsure: new Set(unsure), good, seen };
}

/** Throws a DownloadError, `no-space`, when what is missing does not fit on the disk. */
async function checkRoom(path: string, have: Bitfield, { layout, calls, directory }: DownloadPlan): Promise<void> {
  let missingBytes = 0;
  for (let pieceIndex = 0; pieceIndex < have.size; pieceIndex += 1) {
    if (have.has(pieceIndex)) continue;
    for (const { file, length } of layout.spansOf(pieceIndex)) missingBytes += file === undefined ? 0 : length;
  }
  if (missingBytes === 0) return;
  const { bavail, bsize } = await calls.statfs(path);
  if (missingBytes <= bavail * bsize) return;
  const room = `${formatSize(missingBytes)} are still to come, and ${formatSize(bavail * bsize)} are free`;
  throw new DownloadError('no-space', `${room} in ${directory}. Make room, or choose another folder`);
}

async function begin(
  folder: PartFolder,
  files: TorrentFiles,
  state: SavedState,
  { have, unsure, good, seen }: Found,
  plan: DownloadPlan,
): Promise<Download> {
  const names = new FolderNames(folder.path, plan.calls);
  const onLost = (pieceIndex: number): void => {
    have.remove(pieceIndex);
    unsure.delete(pieceIndex);
  };
  const recorder = new Recorder({ files, state, names, seen, onLost, clock: plan.clock });
  const changed = seen.flatMap(({ mark }, index) => (mark === state.mark(index) ? [] : index));
  const lost = Array.from({ length: have.size }, (_, pieceIndex) => pieceIndex).filter(
    (pieceIndex) => state.has(pieceIndex) && !have.has(pieceIndex),
  );
  recorder.found({
    unsure: [...unsure].filter((pieceIndex) => !state.isUnsure(pieceIndex)),
    lost,
    parts: good,
    files: changed,
  });
  try {
    // What the state says of files is only true together with what it says of their pieces: so all of it at once.
    await recorder.sync();
  } catch (error) {
    await recorder.stop();
    throw error;
  }
  const { finalPath, overwrite, calls, log, file } = plan;
  log.info('assemble', 'download opened', { file: file.id, have: have.count, of: have.size, unsure: unsure.size });
  return new Download({ folder, files, state, names, recorder, have, unsure, finalPath, overwrite, calls, log });
}
