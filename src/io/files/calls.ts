/**
 * The system's file calls, as far as this project uses them. Code that must be tested against a failing disk is given
 * them as a `FileCalls`, and others in the test (`watched-files.ts`).
 */
import { type BigIntStats, promises, type Stats } from 'node:fs';
import { punchHoles } from './punch-holes.ts';

/** An open file, with every call that this project makes of one. */
export interface FileHandle {
  /** Reads up to `length` bytes, perhaps fewer; none only at the end. */
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** Writes up to `length` bytes, perhaps fewer. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** Every way to the disk that storage takes, and no more, so that a disk of another make is quickly written. */
export interface FileCalls {
  open(path: string, flags: number, mode?: number): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  mkdir(path: string, options: { readonly mode: number }): Promise<unknown>;
  rmdir(path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  stat(path: string): Promise<Stats>;
  stat(path: string, options: { readonly bigint: true }): Promise<BigIntStats>;
  lstat(path: string): Promise<Stats>;
  lstat(path: string, options: { readonly bigint: true }): Promise<BigIntStats>;
  realpath(path: string): Promise<string>;
  punchHoles: typeof punchHoles;
  statfs(path: string): Promise<{ readonly bavail: number; readonly bsize: number; readonly blocks?: number }>;
}

export const nodeFiles: FileCalls = { ...promises, punchHoles };

/** Whether `error` is the system's error `code`, such as `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether `error` says that the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return isSystemError(error, 'ENOSPC') || isSystemError(error, 'EDQUOT');
}
