/**
 * The info dictionary beside an unfinished download: who goes on from a magnet link needs no peer that sends it again.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { TorrentId } from '../../bytes/ids.ts';
import { type Metainfo, metainfoLimits } from '../../protocols/metainfo/types.ts';
import { encodeInfo, infoHash } from '../../protocols/metainfo/write.ts';
import { type FileCalls, isSystemError, nodeFiles } from '../files/calls.ts';
import { readFully, writeFileAtomically } from '../files/files.ts';
import { seeFile } from './file-mark.ts';
import { partFolderPath } from './part-folder.ts';

/**
 * The info dictionary of the download `id` in `directory`, as it was hashed; undefined when there is none, or one with
 * another hash than `id`. Throws what the system throws.
 */
export async function storedInfo(
  directory: string,
  id: TorrentId,
  calls: FileCalls = nodeFiles,
): Promise<Buffer | undefined> {
  const path = infoPath(directory, id);
  const size = (await seeFile(path, calls))?.size;
  if (size === undefined || size > metainfoLimits.torrentBytesMax) return undefined;
  const info = await readBytes(path, size, calls);
  return info !== undefined && createHash('sha1').update(info).digest('hex') === id ? info : undefined;
}

/** Keeps the info dictionary of `file` for `storedInfo`. The folder of the download is there. */
export async function storeInfo(
  directory: string,
  file: Metainfo & { readonly id: TorrentId },
  calls: FileCalls,
): Promise<void> {
  if (infoHash(file) !== file.id) throw new Error(`${file.id} is not the hash of the info dictionary`);
  if ((await storedInfo(directory, file.id, calls)) !== undefined) return;
  await writeFileAtomically(infoPath(directory, file.id), encodeInfo(file), 0o600, calls);
}

function infoPath(directory: string, id: TorrentId): string {
  return join(partFolderPath(directory, id), 'info');
}

/** The bytes of the file at `path`; undefined when it is not there any more. */
async function readBytes(path: string, size: number, calls: FileCalls): Promise<Buffer | undefined> {
  try {
    const handle = await calls.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, await readFully(handle, bytes, 0));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
