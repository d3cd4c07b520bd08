/**
 * The info dictionaries of files whose pieces a store keeps, byte for byte: `ID.info`, whose SHA-1 is ID. With them the
 * pieces tell what they are pieces of, even when the server has lost all that it knew.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { KeyedLock } from '../../async/keyed-lock.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { FileCalls } from '../files/calls.ts';
import { readIfThere, removeFile, writeFileAtomically } from '../files/files.ts';
import { StoreError, storeError } from './store-error.ts';

export class InfoFiles {
  readonly #directory: string;
  readonly #calls: FileCalls;
  readonly #isKept: (file: TorrentId) => boolean;
  readonly #ids = new Set<TorrentId>();
  /** Held while a dictionary is written: two writers of the same one take turns. */
  readonly #writing = new KeyedLock<TorrentId>();

  /** `isKept`: whether pieces of a file are kept. */
  constructor(directory: string, calls: FileCalls, isKept: (file: TorrentId) => boolean) {
    this.#directory = directory;
    this.#calls = calls;
    this.#isKept = isKept;
  }

  has(file: TorrentId): boolean {
    return this.#ids.has(file);
  }

  /** Notes that the dictionary of a file is on the disk. */
  found(file: TorrentId): void {
    this.#ids.add(file);
  }

  /** Keeps the dictionary of a file of which pieces are kept, durably. Fails with a StoreError. */
  async store(file: TorrentId, bytes: Uint8Array): Promise<void> {
    assertHash(file, bytes);
    try {
      await this.#writing.run(file, async () => {
        if (!this.#isKept(file)) throw new StoreError('not-found', `there are no pieces of ${file} here`);
        if (this.#ids.has(file)) return;
        await writeFileAtomically(this.#path(file), bytes, 0o600, this.#calls);
        this.#ids.add(file);
      });
    } catch (error) {
      throw storeError('keeping an info dictionary', error);
    }
  }

  /** The dictionary of a file, as it was kept. Fails with a StoreError. */
  async read(file: TorrentId): Promise<Uint8Array> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#ids.has(file) ? await readIfThere(this.#path(file), this.#calls) : undefined;
    } catch (error) {
      throw storeError('reading an info dictionary', error);
    }
    if (bytes === undefined) throw new StoreError('not-found', `there is no info dictionary of ${file}`);
    assertHash(file, bytes);
    return bytes;
  }

  /** Forgets a dictionary that was moved away with its file. */
  forget(file: TorrentId): void {
    this.#ids.delete(file);
  }

  /** Removes the dictionary of a file from the disk, if it is there. */
  async remove(file: TorrentId): Promise<void> {
    if (this.#ids.delete(file)) await removeFile(this.#path(file), this.#calls);
  }

  #path(file: TorrentId): string {
    return join(this.#directory, `${file}.info`);
  }
}

function assertHash(file: TorrentId, bytes: Uint8Array): void {
  const found = createHash('sha1').update(bytes).digest('hex');
  if (found !== file) throw new StoreError('corrupt', `the info dictionary of ${file} has the hash ${found}`);
}
