/**
 * The start of a download, or its continuation: what has its name already is looked at, then the folder that it is in
 * while it is not complete (open-in-folder.ts).
 *
 *     DIR/NAME is complete        { kind: 'there', origin: { path: 'DIR/NAME', ... } }
 *     else                        { kind: 'open', download }, in DIR/ID.part
 */
import { join, resolve } from 'node:path';
import { systemClock } from '../../async/clock.ts';
import { type FileCalls, isDiskFull, nodeFiles } from '../files/calls.ts';
import { isThere } from '../files/files.ts';
import { makeUserFolder } from '../files/folders.ts';
import type { Download } from './download.ts';
import { attempt, DownloadError } from './download-error.ts';
import { putBack } from './final-place.ts';
import { Layout } from './layout.ts';
import { type DownloadOptions, type DownloadPlan, openInFolder } from './open-in-folder.ts';
import { PartFolder, partFolderPath } from './part-folder.ts';
import { type Origin, openIfComplete } from './shared-torrent.ts';

export type { DownloadOptions } from './open-in-folder.ts';

export type OpenedDownload =
  | { readonly kind: 'there'; readonly origin: Origin }
  | { readonly kind: 'open'; readonly download: Download };

/**
 * Opens the download of `file` in `directory`. Throws a DownloadError: `target-exists`, `in-use`, `no-space`,
 * `bad-torrent`, `changed` when something is in the way in ID.part, `io`; or what `signal` was aborted with.
 */
export function openDownload(options: DownloadOptions): Promise<OpenedDownload> {
  const directory = resolve(options.directory);
  return attempt(`downloading to ${directory}`, async () => {
    const layout = new Layout(options.file);
    const finalPath = join(directory, options.file.name);
    const plan = {
      ...options,
      directory,
      finalPath,
      layout,
      calls: options.calls ?? nodeFiles,
      clock: options.clock ?? systemClock,
    };
    await makeTarget(directory, plan.calls);
    for (;;) {
      const opened = await openOnce(plan);
      if (opened !== undefined) return opened;
    }
  });
}

async function makeTarget(directory: string, calls: FileCalls): Promise<void> {
  try {
    await makeUserFolder(directory, calls);
  } catch (error) {
    if (!(error instanceof Error) || isDiskFull(error)) throw error;
    const advice = 'Choose another folder';
    throw new DownloadError('io', `${directory} is no folder, and cannot be made one: ${error.message}. ${advice}`);
  }
}

/**
 * Tries to open the download; undefined when another process has just finished it, or its folder was put back:
 * everything is to be looked at anew.
 */
async function openOnce(plan: DownloadPlan): Promise<OpenedDownload | undefined> {
  const { finalPath, calls, overwrite } = plan;
  const taken = await isThere(finalPath, calls);
  const origin = taken ? await originIfComplete(plan) : undefined;
  if (origin !== undefined) {
    await removeRest(plan);
    return { kind: 'there', origin };
  }
  if (taken && !overwrite) throw targetExists(plan);
  const folder = await PartFolder.take(plan.directory, plan.file.id, calls);
  try {
    await putBack(folder.asidePath, finalPath, calls);
    if (taken || !(await isThere(finalPath, calls))) {
      return { kind: 'open', download: await openInFolder(folder, plan) };
    }
  } catch (error) {
    await leave(folder, plan);
    throw error;
  }
  await leave(folder, plan);
  return undefined;
}

async function originIfComplete(plan: DownloadPlan): Promise<Origin | undefined> {
  const shared = await openIfComplete({ ...plan, path: plan.finalPath });
  await shared?.close();
  return shared?.origin;
}

/** Removes what a crash between the final name and the end has left. */
async function removeRest({ directory, file, calls, log }: DownloadPlan): Promise<void> {
  const path = partFolderPath(directory, file.id);
  try {
    if (await isThere(path, calls)) await (await PartFolder.take(directory, file.id, calls)).remove();
  } catch (error) {
    // What was asked for is there all the same.
    log.warn('assemble', 'the rest of a download could not be removed', { path, reason: String(error) });
  }
}

/** Leaves the folder as it was found. */
async function leave(folder: PartFolder, { log }: DownloadPlan): Promise<void> {
  try {
    await (folder.found ? folder.release() : folder.remove());
  } catch (error) {
    // The caller has a better reason to fail, or none at all.
    log.warn('assemble', 'a new download could not be removed', { path: folder.path, reason: String(error) });
  }
}

function targetExists({ finalPath }: DownloadPlan): DownloadError {
  const advice = 'Move it away, choose another folder, or have it overwritten';
  return new DownloadError('target-exists', `${finalPath} is there, and is something else. ${advice}`);
}
