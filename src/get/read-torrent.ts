/**
 * A `.torrent` from a file, from stdin, or from whatever else gives bytes. Reads it, and knows nothing of where else
 * there might be one. All failures are CommandErrors.
 */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { formatSize } from '../bytes/format.ts';
import { printable } from '../bytes/printable.ts';
import { usageError } from '../cli/arguments.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { isSystemError } from '../io/files/calls.ts';
import { completeBody } from '../io/net/http-client.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { MetainfoError, v2OnlyError } from '../protocols/metainfo/errors.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
import { metainfoLimits, type Torrent } from '../protocols/metainfo/types.ts';

const { torrentBytesMax } = metainfoLimits;

/** The torrent, which has a v1 part, in `chunks`; `origin` names their source in messages. */
export async function readTorrent(chunks: AsyncIterable<Buffer>, origin: string): Promise<Torrent> {
  const torrent = parse(await bytesOf(chunks, origin), origin);
  if (torrent.info.v1 !== undefined) return torrent;
  throw failure(origin, v2OnlyError('a torrent').message);
}

/** All bytes of `chunks`, if they are no more than a torrent may have. Errors of other kinds pass as they are. */
export async function bytesOf(chunks: AsyncIterable<Buffer>, origin: string): Promise<Buffer> {
  try {
    return await completeBody(chunks, torrentBytesMax);
  } catch (error) {
    if (error instanceof HttpError && error.code === 'body-too-large')
      throw failure(origin, `is longer than ${formatSize(torrentBytesMax)}, the most for a torrent`, error);
    if (error instanceof Error && 'syscall' in error) throw failure(origin, error.message, error);
    throw error;
  }
}

function parse(bytes: Buffer, origin: string): Torrent {
  try {
    return parseTorrent(bytes);
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    throw failure(origin, `this is no torrent that can be taken: ${error.message}`, error);
  }
}

/** The torrent in the file at `path`. */
export async function readTorrentFile(path: string): Promise<Torrent> {
  const file = await openFile(path);
  try {
    const facts = await file.stat();
    if (facts.isDirectory()) throw failure(path, 'is a folder, not a .torrent');
    if (!facts.isFile())
      throw failure(path, 'is no regular file; what comes through a pipe is read by "rivulet get -"');
    return await readTorrent(file.createReadStream({ autoClose: false }), path);
  } finally {
    await file.close();
  }
}

/** Opens a file without waiting for the writer of a FIFO. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].some((code) => isSystemError(error, code)))
      throw usageError(`there is no file "${printable(path.slice(0, 200))}"; WHAT is ${formsOfWhat}`);
    throw failure(path, (error as Error).message, error);
  }
}

/** The forms of WHAT, for a user that typed something else. */
const formsOfWhat =
  'the path of a .torrent (or - for stdin), the id of a file (40 hex digits), a magnet link, or an http:// URL';

/** A failure of what came from `origin`. */
export function failure(origin: string, reason: string, cause?: unknown): CommandError {
  return new CommandError(exitCode.failure, `${printable(origin)}: ${reason}`, { cause });
}
