/**
 * Names and paths in torrents of others. We never build a path of the file system from them; those who save what they
 * got do, so a torrent that could lead one of them out of its folder, or onto another file, is not passed on.
 */
import { fileNameFault } from '../../bytes/file-name.ts';
import { printable } from '../../bytes/printable.ts';
import type { Dictionary } from '../bencode/read.ts';
import { MetainfoError } from './errors.ts';
import { asBytes, bytesIn, decodeUtf8, listIn, required } from './fields.ts';
import { metainfoLimits, type TorrentFile } from './types.ts';

/** The torrent's `name`, or `name.utf-8` where that is in some other encoding. */
export function readName(info: Dictionary): string {
  const name =
    decodeUtf8(required(bytesIn(info, 'name'), 'name')) ?? decodeUtf8(bytesIn(info, 'name.utf-8') ?? notUtf8);
  return checkElement(name);
}

/** A file's `path`, or `path.utf-8` where that is in some other encoding. */
export function readPath(file: Dictionary): string[] {
  const path = decodeElements(file, 'path') ?? decodeElements(file, 'path.utf-8') ?? [undefined];
  return checkPath(path.map(checkElement));
}

/** The elements under `key`; undefined when one of them is not UTF-8, or the key is only the second choice. */
function decodeElements(file: Dictionary, key: string): string[] | undefined {
  const list = key === 'path' ? required(listIn(file, key), key) : listIn(file, key);
  const elements = list?.map((element) => decodeUtf8(asBytes(element, key)));
  return elements?.every((element) => element !== undefined) ? elements : undefined;
}

/** `path` unless it is empty or too long. */
export function checkPath(path: string[]): string[] {
  if (path.length === 0) throw new MetainfoError('bad-name', 'a path has no elements');
  const bytes = Buffer.byteLength(path.join('/'));
  if (bytes <= metainfoLimits.pathBytesMax) return path;
  throw new MetainfoError('bad-name', `a path is ${bytes} bytes long, the most is ${metainfoLimits.pathBytesMax}`);
}

/** `element`, a file's or folder's name, unless it could do harm somewhere; undefined stands for one not in UTF-8. */
export function checkElement(element: string | undefined): string {
  if (element === undefined) throw new MetainfoError('bad-name', 'a name is not valid UTF-8');
  const fault = fileNameFault(element) ?? windowsFault(element);
  if (fault === undefined) return element;
  throw new MetainfoError('bad-name', `the name ${shownPath([element])} ${fault}`);
}

/** For messages: `path` in quotes, fit for a log. */
export function shownPath(path: readonly string[]): string {
  return `"${printable(path.join('/').slice(0, 300))}"`;
}

/** What Windows makes of a name is not what it says: a device, another drive, a folder above (it cuts dots off). */
function windowsFault(element: string): string | undefined {
  if (/^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?$/i.test(element)) return 'is reserved by Windows';
  if (/^[a-z]:/i.test(element)) return 'begins with a drive letter';
  if (/^[. ]+$/.test(element)) return 'is nothing but dots and spaces';
  return undefined;
}

/**
 * Throws when two of `files` would be one file, or one of them the folder of another; also where a file system takes
 * upper and lower case, or two spellings of one accent, for the same. Paddings are not saved and may be alike.
 */
export function checkCollisions(files: readonly Pick<TorrentFile, 'path' | 'padding'>[]): void {
  // Every file and folder by its own name and the number of the folder it is in; a file has no number.
  const nodes = new Map<string, number | 'file'>();
  for (const { path, padding } of files) {
    if (padding) continue;
    let folder = 0;
    for (const [depth, element] of path.entries()) {
      const last = depth === path.length - 1;
      const key = `${folder}/${folded(element)}`;
      const node = nodes.get(key);
      if (node === 'file' || (last && node !== undefined)) {
        throw new MetainfoError('collision', `two files claim the path ${shownPath(path)}`);
      }
      folder = node ?? nodes.size + 1;
      if (node === undefined) nodes.set(key, last ? 'file' : folder);
    }
  }
}

/** Equal for names that a file system may take for equal. Upper before lower case, so that `ß` and `SS` meet. */
function folded(element: string): string {
  return element.normalize('NFC').toUpperCase().toLowerCase();
}

const notUtf8 = Uint8Array.of(0xff);
