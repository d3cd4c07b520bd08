/**
 * For tests: what a disk may hold after the power failed.
 *
 * A folder on a real disk is watched. What an fsync was for is safe: the content of a file after its `datasync`, the
 * names in the folder after the folder's `sync`. Of everything else the disk may have any part, so two images are made:
 * one that has nothing of it, and the most treacherous one for a store that keeps data and index apart, in which all
 * names and all of the index arrived but only the synced data. A hole that was punched is in both: the file system may
 * have seen to it at once.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileCalls } from './files.ts';
import type { Place } from './punch-holes.ts';
import { watchedFiles } from './watched-files.ts';

type Image = ReadonlyMap<string, Uint8Array>;

export class PowerLoss {
  readonly #directory: string;
  readonly #onStep: () => Promise<unknown>;
  readonly #syncedContent = new Map<string, Uint8Array>();
  #syncedNames: readonly string[] = [];
  /** Names of files whose syncs do nothing, as on a disk that lies. */
  readonly unsafe = new Set<string>();

  /** `onStep` is called after every file call: a moment at which the power may fail. */
  constructor(directory: string, onStep: () => Promise<unknown>) {
    this.#directory = directory;
    this.#onStep = onStep;
  }

  /** The calls to be used in the folder. */
  get calls(): FileCalls {
    return watchedFiles(
      () => {},
      async ({ name, file, path, values }) => {
        if (name === 'datasync' && !this.unsafe.has(file)) this.#syncedContent.set(file, await readFile(path));
        if (name === 'punchHoles') this.#punched(file, values[1] as readonly Place[]);
        if (name === 'sync' && path === this.#directory) this.#syncedNames = await readdir(this.#directory);
        await this.#onStep();
      },
    );
  }

  async images(): Promise<{ name: string; image: Image }[]> {
    const synced = new Map(this.#syncedNames.map((name) => [name, this.#contentOf(name)]));
    const treacherous = new Map<string, Uint8Array>();
    for (const name of await readdir(this.#directory)) {
      const isIndex = name.endsWith('.index');
      treacherous.set(name, isIndex ? await readFile(join(this.#directory, name)) : this.#contentOf(name));
    }
    return [
      { name: 'nothing but what was synced', image: synced },
      { name: 'all of the index, only synced data', image: treacherous },
    ];
  }

  #punched(file: string, places: readonly Place[]): void {
    const content = Uint8Array.from(this.#contentOf(file));
    for (const { offset, size } of places) content.fill(0, offset, offset + size);
    this.#syncedContent.set(file, content);
  }

  #contentOf(name: string): Uint8Array {
    return this.#syncedContent.get(name) ?? new Uint8Array();
  }
}

/** Puts an image into a folder of its own. */
export async function restore(image: Image, directory: string): Promise<void> {
  await mkdir(directory);
  for (const [name, bytes] of image) await writeFile(join(directory, name), bytes);
}
