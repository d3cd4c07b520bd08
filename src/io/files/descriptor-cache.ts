/**
 * Open files, a bounded number of them: a holding of thousands of files must not need thousands of descriptors, and one
 * that is read again and again must not be opened again and again.
 *
 *     await cache.use(path, flags, (handle) => readFully(handle, into, 0));
 *
 * The handle lent to `use` is never closed before the work with it has ended, whatever happens around it.
 */
import type { FileCalls, FileHandle } from './calls.ts';

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  /** The number of users that work with the file now. */
  users: number;
  /** Whether the file is no longer in the cache: its last user closes it. */
  forgotten: boolean;
}

export class DescriptorCache {
  /** The open files by path, least recently used first (a Map keeps the order of insertion). */
  readonly #files = new Map<string, OpenFile>();
  readonly #calls: FileCalls;
  readonly #openMax: number;

  /** Keeps at most `openMax` files open, unless more than that are worked with at once. */
  constructor(calls: FileCalls, openMax: number) {
    this.#calls = calls;
    this.#openMax = openMax;
  }

  /** Runs `work` on the open file at `path`. All uses of a path give the same flags; a new file gets mode 0600. */
  async use<Result>(path: string, flags: number, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    const file = this.#files.get(path) ?? { handle: this.#calls.open(path, flags, 0o600), users: 0, forgotten: false };
    this.#files.delete(path);
    this.#files.set(path, file);
    file.users += 1;
    try {
      return await work(await this.#opened(path, file));
    } finally {
      file.users -= 1;
      await this.#closeUnused(file);
      await this.#trim();
    }
  }

  /** Closes the file at `path` once nobody works with it; the next use opens what is at `path` then. */
  async forget(path: string): Promise<void> {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    file.forgotten = true;
    await this.#closeUnused(file);
  }

  /** Forgets all files. */
  async close(): Promise<void> {
    for (const path of [...this.#files.keys()]) await this.forget(path);
  }

  async #opened(path: string, file: OpenFile): Promise<FileHandle> {
    try {
      return await file.handle;
    } catch (error) {
      if (this.#files.get(path) === file) this.#files.delete(path);
      throw error;
    }
  }

  async #trim(): Promise<void> {
    if (this.#files.size <= this.#openMax) return;
    for (const [path, file] of this.#files) {
      if (file.users === 0) return this.forget(path);
    }
  }

  async #closeUnused(file: OpenFile): Promise<void> {
    if (!file.forgotten || file.users > 0) return;
    const handle = await file.handle;
    await handle.close();
  }
}
