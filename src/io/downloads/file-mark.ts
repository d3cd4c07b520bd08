/**
 * The mark by which a file is still known to be the one that was looked at: its size, the time of its last change in
 * nanoseconds and its inode, as one word. It is only ever compared, and can be kept in JSON:
 *
 *     734003200:1795168800123456789:1311
 *
 * A change is not noticed if the file's time is set back after it.
 */
import type { BigIntStats } from 'node:fs';
import { type FileCalls, isSystemError } from '../files/calls.ts';

declare const brand: unique symbol;

export type FileMark = string & { readonly [brand]: 'FileMark' };

export interface SeenFile {
  readonly mark: FileMark;
  /** The size in bytes. */
  readonly size: number;
  readonly inode: string;
}

/** The file at `path`; undefined when there is nothing, or something else than a file: a link, too, is not one. */
export async function seeFile(path: string, calls: FileCalls): Promise<SeenFile | undefined> {
  try {
    const stats = await calls.lstat(path, { bigint: true });
    if (!stats.isFile()) return undefined;
    return { mark: markOf(stats), size: Number(stats.size), inode: String(stats.ino) };
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The mark of a file that is open, or was looked at. */
export function markOf({ size, mtimeNs, ino }: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ino'>): FileMark {
  return `${size}:${mtimeNs}:${ino}` as FileMark;
}

/** The size in bytes of the file when `mark` was made. */
export function markedSize(mark: FileMark): number {
  return Number(mark.slice(0, mark.indexOf(':')));
}

/** Whether `mark` is of the same inode as the file seen now. */
export function isSameInode(mark: FileMark, seen: SeenFile): boolean {
  return mark.split(':').at(-1) === seen.inode;
}

/** `text` as the mark that it was, read back from where it was kept; undefined when it is none. */
export function parseFileMark(text: unknown): FileMark | undefined {
  return typeof text === 'string' && /^\d{1,20}:-?\d{1,20}:\d{1,20}$/.test(text) ? (text as FileMark) : undefined;
}
