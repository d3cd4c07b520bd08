/**
 * Names and paths in torrents of others (BEP 3, "info dictionary": `name` and `path`; BEP 52, "file tree"). Whoever
 * saves the files builds paths from them, so a torrent that could lead out of its folder, or onto another file, is
 * refused.
 */
import { fileNameFault } from '../../bytes/file-name.ts';
import { printable } from '../../bytes/printable.ts';
import type { Dictionary } from '../bencode/read.ts';
import { MetainfoError } from './errors.ts';
import { asBytes, bytesIn, decodeUtf8, listIn, required } from './fields.ts';
import { metainfoLimits, type TorrentFile } from './types.ts';

/** The `name` of a torrent (BEP 3, "info dictionary"), or `name.utf-8` where `name` is in some other encoding. */
export function readName(info: Dictionary): string {
  const name =
    decodeUtf8(required(bytesIn(info, 'name'), 'name')) ?? decodeUtf8(bytesIn(info, 'name.utf-8') ?? notUtf8);
  return checkElement(name);
}

/** The `path` of a file (BEP 3, "info dictionary"), or `path.utf-8` where `path` is in some other encoding. */
export function readPath(file: Dictionary): string[] {
  const path = decodeElements(file, 'path') ?? decodeElements(file, 'path.utf-8') ?? [undefined];
  return checkPath(path.map(checkElement));
}

/** The elements under `key`; undefined when one of them is not UTF-8, or the key is only the second choice. */
function decodeElements(file: Dictionary, key: string): string[] | undefined {
  const list = key === 'path' ? required(listIn(file, key), key) : listIn(file, key);
  checkDepth(list ?? []);
  const elements = list?.map((element) => decodeUtf8(asBytes(element, key)));
  return elements?.every((element) => element !== undefined) ? elements : undefined;
}

/** Throws for a path of too many elements, before each of them is looked at. */
function checkDepth(path: readonly unknown[]): void {
  if (path.length <= metainfoLimits.pathElementsMax) return;
  const most = `the most are ${metainfoLimits.pathElementsMax}`;
  throw new MetainfoError('too-large', `a path of ${path.length} elements, ${most}`);
}

/** Returns `path`; throws MetainfoError when it is empty or too long. */
export function checkPath(path: string[]): string[] {
  if (path.length === 0) throw new MetainfoError('bad-name', 'a path has no elements');
  const bytes = Buffer.byteLength(path.join('/'));
  if (bytes <= metainfoLimits.pathBytesMax) return path;
  throw new MetainfoError('bad-name', `a path is ${bytes} bytes long, the most is ${metainfoLimits.pathBytesMax}`);
}

/** Returns the name of a file or folder; throws MetainfoError when it could do harm, or is not UTF-8 (undefined). */
export function checkElement(element: string | undefined): string {
  if (element === undefined) throw new MetainfoError('bad-name', 'a name is not valid UTF-8');
  const fault = fileNameFault(element) ?? windowsFault(element);
  if (fault === undefined) return element;
  throw new MetainfoError('bad-name', `the name ${shownPath([element])} ${fault}`);
}

/** The path in quotes, fit for messages and logs. */
export function shownPath(path: readonly string[]): string {
  return `"${printable(path.join('/').slice(0, 300))}"`;
}

/**
 * The reason why Windows reads a name as something else: a device, another drive, a folder above (it cuts dots off).
 */
function windowsFault(element: string): string | undefined {
  if (/^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?$/i.test(element)) return 'is reserved by Windows';
  if (/^[a-z]:/i.test(element)) return 'begins with a drive letter';
  if (/^[. ]+$/.test(element)) return 'is nothing but dots and spaces';
  return undefined;
}

/**
 * Throws MetainfoError when two of `files` would be one file, or one of them the folder of another; also on a file
 * system that takes upper and lower case, or two spellings of one accent, for the same. Paddings (BEP 47) are not saved
 * and may be alike. A file a step.
 */
export function* checkCollisions(files: readonly Pick<TorrentFile, 'path' | 'padding'>[]): Generator<undefined, void> {
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
    yield undefined;
  }
}

/** A folded name: equal for names that a file system may take for equal. Upper before lower case joins `ß` and `SS`. */
function folded(element: string): string {
  return element.normalize('NFC').toUpperCase().toLowerCase();
}

const notUtf8 = Uint8Array.of(0xff);
