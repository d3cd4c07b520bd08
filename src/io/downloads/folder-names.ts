/**
 * The folders whose names are on stable storage: a file that was synced is lost all the same if its name is, or that of
 * a folder that it lies in. Each folder is synced once.
 */
import { dirname } from 'node:path';
import type { FileCalls } from '../files/calls.ts';
import { syncFolder } from '../files/folders.ts';

export class FolderNames {
  readonly #base: string;
  readonly #calls: FileCalls;
  readonly #settled = new Set<string>();

  /** Looks after folders from `base`, the outermost one, on. */
  constructor(base: string, calls: FileCalls) {
    this.#base = base;
    this.#calls = calls;
  }

  /** Settles once the name of the file at `path`, and those of its folders, are durable. It must be there by now. */
  async settle(path: string): Promise<void> {
    const folder = dirname(path);
    if (this.#settled.has(folder)) return;
    if (folder !== this.#base) await this.settle(folder);
    await syncFolder(folder, this.#calls);
    this.#settled.add(folder);
  }
}
