/**
 * Names that were removed from a store's folder, and may come back with a power loss until the folder is synced. A new
 * index must not meet an old data file, so nothing new gets such a name before.
 */

import { CoalescedTask } from '../../async/coalesced-task.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { FileCalls } from '../files/calls.ts';
import { syncFolder } from '../files/folders.ts';
import { storeError } from './store-error.ts';

/** The most names that are remembered; with more the folder is synced, so that they do not take memory for ever. */
const namesMax = 1000;

export class RemovedNames {
  readonly #directory: string;
  readonly #calls: FileCalls;
  readonly #files = new Set<TorrentId>();
  /** Whether every name may come back: an earlier process may have been killed before it synced the folder. */
  #allInDoubt = true;
  readonly #runs = new CoalescedTask(() => this.#settle());

  constructor(directory: string, calls: FileCalls) {
    this.#directory = directory;
    this.#calls = calls;
  }

  has(file: TorrentId): boolean {
    return this.#allInDoubt || this.#files.has(file);
  }

  async add(file: TorrentId): Promise<void> {
    this.#files.add(file);
    if (this.#files.size > namesMax) await this.settle();
  }

  /** Settles once all names that were removed before are gone for good. Fails with a StoreError. */
  settle(): Promise<void> {
    return this.#runs.run();
  }

  async #settle(): Promise<void> {
    const files = [...this.#files];
    try {
      await syncFolder(this.#directory, this.#calls);
    } catch (error) {
      throw storeError('removing names for good', error);
    }
    this.#allInDoubt = false;
    for (const file of files) this.#files.delete(file);
  }
}
