/**
 * The files that the user shares: their paths, and their identity (device and inode) when they were registered. A path
 * alone is not enough: whoever can write to a folder above it could put another file in its place.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readFully } from '../io/files/files.ts';
import { type FileIdentity, type FileState, openRegularFile, type RegularFile } from '../io/files/regular-file.ts';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { checkPath } from '../protocols/directory/paths.ts';

/** One file that the user shares. */
export interface OwnFile extends FileIdentity {
  /** The path without symbolic links, under which the file is registered. */
  readonly path: string;
}

/** Calls for each file that is registered and unregistered, so that a node can share it too. */
export interface OwnFilesEvents {
  onRegistered?(path: string): void;
  onUnregistered?(path: string): void;
}

/** The files that the user shares, by path. */
export class OwnFiles {
  readonly #files = new Map<string, KnownFile>();
  readonly #events: OwnFilesEvents;

  constructor(events: OwnFilesEvents = {}) {
    this.#events = events;
  }

  paths(): string[] {
    return [...this.#files.keys()];
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Shares `file`. Another file at the same path takes the place of the one before. */
  add(file: OwnFile): void {
    if (this.#files.has(file.path)) this.remove(file.path);
    this.#files.set(file.path, { file, hash: undefined });
    this.#events.onRegistered?.(file.path);
  }

  remove(path: string): void {
    if (this.#files.delete(path)) this.#events.onUnregistered?.(path);
  }

  /**
   * Opens the file registered as `path`. Throws a DirectoryError when none is registered, or when another file is at
   * the path now.
   */
  async open(path: string): Promise<SharedFile> {
    const known = this.#files.get(path);
    if (known === undefined) throw new DirectoryError('not-registered', `${path} is not shared`);
    const opened = await openRegularFile(path).catch((cause: unknown) => {
      throw new DirectoryError('changed', `${path} cannot be read any more`, { cause });
    });
    if (opened.dev === known.file.dev && opened.ino === known.file.ino) return new SharedFile(known, opened);
    await opened.handle.close();
    throw new DirectoryError('changed', `${path} is another file than the one that was shared`);
  }
}

interface KnownFile {
  readonly file: OwnFile;
  /** The SHA-256 of the state that `stamp` names; all who wait for it share the promise. */
  hash: { readonly stamp: string; readonly sha256: Promise<string> } | undefined;
}

/** A file that is open to be sent. */
export class SharedFile {
  readonly #known: KnownFile;
  readonly #opened: RegularFile;

  constructor(known: KnownFile, opened: RegularFile) {
    this.#known = known;
    this.#opened = opened;
  }

  /**
   * Size and SHA-256 of the file, which is read once for each state. Throws a DirectoryError if somebody writes to it.
   */
  async facts(): Promise<FileState & { readonly sha256: string }> {
    const state = await this.#opened.state();
    const kept = this.#known.hash;
    const hash =
      kept?.stamp === state.stamp
        ? kept
        : { stamp: state.stamp, sha256: hashOf(this.#known.file.path, this.#opened, state) };
    this.#known.hash = hash;
    try {
      return { ...state, sha256: await hash.sha256 };
    } catch (error) {
      if (this.#known.hash === hash) this.#known.hash = undefined;
      throw error;
    }
  }

  /** Fills `into` with the bytes at `position`; gives their number, which is smaller only at the end. */
  read(into: Uint8Array, position: number): Promise<number> {
    return readFully(this.#opened.handle, into, position);
  }

  /** Throws a DirectoryError when the file has changed since `stamp`. */
  async assertUnchanged(stamp: string): Promise<void> {
    const now = await this.#opened.state();
    if (now.stamp !== stamp) throw changing(this.#known.file.path);
  }

  async close(): Promise<void> {
    await this.#opened.handle.close();
  }
}

/** The file at `path`. Fails with a system error, a NotAFileError or a DirectoryError when it cannot be shared. */
export async function identify(path: string): Promise<OwnFile> {
  const real = await realpath(path);
  const { handle, dev, ino } = await openRegularFile(real);
  await handle.close();
  return { path: checkPath(real), dev, ino };
}

/**
 * The path under which `path` is registered in `files`; undefined when it is not. The file that is at the path by now
 * does not matter: it may be gone, or another may have taken its place.
 */
export async function registeredPath(path: string, files: OwnFiles): Promise<string | undefined> {
  const absolute = resolve(path);
  const folder = await realpath(dirname(absolute)).catch(() => dirname(absolute));
  const real = await realpath(absolute).catch(() => absolute);
  return [absolute, join(folder, basename(absolute)), real].find((candidate) => files.has(candidate));
}

/** Bytes of a read: so many that the cost of a call does not count. */
const hashChunkBytes = 1024 * 1024;

async function hashOf(path: string, opened: RegularFile, before: FileState): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.min(hashChunkBytes, Math.max(1, before.size)));
  for (let position = 0; position < before.size; ) {
    const bytes = await readFully(opened.handle, buffer, position);
    if (bytes === 0) break;
    hash.update(buffer.subarray(0, bytes));
    position += bytes;
  }
  const after = await opened.state();
  if (after.stamp !== before.stamp) throw changing(path);
  return hash.digest('hex');
}

function changing(path: string): DirectoryError {
  return new DirectoryError('changed', `somebody writes to ${path}`);
}
