/** From a file of the user's to the torrent that it is shared as. */
import { basename } from 'node:path';
import { markedSize } from '../io/downloads/file-mark.ts';
import { type Origin, originOf } from '../io/downloads/shared-torrent.ts';
import { hashFile } from '../io/files/hash-file.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { checkElement } from '../protocols/metainfo/paths.ts';
import type { Metainfo } from '../protocols/metainfo/types.ts';
import type { ShareRoots } from './share-roots.ts';

/** A file's torrent, and its state on the disk. */
export interface DescribedFile {
  readonly file: Metainfo;
  /** The state of the file when it was hashed. */
  readonly origin: Origin;
}

/** The file at `path`, in pieces of `pieceLength` bytes. Throws HttpError, or the reason of `signal`. */
export async function describeFile(
  path: string,
  pieceLength: number,
  roots: ShareRoots,
  signal: AbortSignal,
): Promise<DescribedFile> {
  const name = checkName(basename(path));
  const origin = await originOf(path).catch((error: Error) => {
    throw new HttpError(400, 'no-such-file', error.message, { cause: error });
  });
  await roots.check(origin);
  const hashed = await hashFile(origin.path, pieceLength, signal);
  if (hashed === undefined) throw new HttpError(409, 'changing', `${path} was written to while it was read`);
  const length = hashed.pieces.reduce((sum, { size }) => sum + size, 0);
  // A file of /proc says 0 bytes, and has some.
  if (origin.marks.some((mark) => markedSize(mark) !== length))
    throw new HttpError(409, 'changing', `${path} is not a file whose size is known: it has ${length} bytes`);
  const pieceHashes = Buffer.concat(hashed.pieces.map(({ sha1 }) => Buffer.from(sha1, 'hex')));
  return { file: { name, length, pieceLength, pieceHashes }, origin };
}

function checkName(name: string): string {
  try {
    return checkElement(name);
  } catch (error) {
    throw new HttpError(400, 'bad-name', (error as Error).message, { cause: error });
  }
}
