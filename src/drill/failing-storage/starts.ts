/**
 * Starts of the server while one file call goes wrong. It may start nevertheless, or fail with an error that says which
 * call it was; either way a file that was acknowledged is there at the next start, and no descriptor is left.
 */

import { readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileCalls } from '../../io/files/calls.ts';
import { startFailure } from '../../server/wiring/start-failure.ts';
import { type Content, listFiles, upload } from '../client.ts';
import { download } from '../download.ts';
import { type Patience, untilNone } from '../patience.ts';
import { openDescriptors } from './descriptors.ts';
import type { Fault, FaultyFiles } from './faulty-files.ts';
import { type Served, serve } from './served.ts';

/** Files that a server that was killed leaves behind: half an upload, and pieces that nobody lists. */
const remains = ['temp/uploads/0123456789abcdef01234567', `temp/pieces/${'e'.repeat(40)}.data`];

export interface StartsOptions {
  readonly root: string;
  readonly files: FaultyFiles;
  /** The calls of `files`, changed perhaps. */
  readonly calls: FileCalls;
  /** The file that was acknowledged. */
  readonly content: Content;
  readonly patience: Patience;
}

export class Starts {
  readonly #options: StartsOptions;

  /** Puts the file into the server's own store. */
  static async prepare(options: StartsOptions): Promise<Starts> {
    const starts = new Starts(options);
    const served = await starts.#serve();
    const uploaded = await upload(served.url, [options.content], 'raw');
    await served.close();
    if (uploaded.kind !== 'done') throw new Error(`the upload is ${uploaded.kind} without a fault`);
    return starts;
  }

  private constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** The number of times that each call is made when all goes well. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    await this.#leaveRemains();
    const { files } = this.#options;
    files.set();
    const served = await this.#serve();
    const { counts } = files;
    files.set();
    await served.close();
    return counts;
  }

  async start(fault: Fault): Promise<string[]> {
    await this.#leaveRemains();
    const { files, patience } = this.#options;
    const before = await openDescriptors();
    files.set(fault);
    const faults = await this.#tryStart();
    files.set();
    faults.push(...(await this.#look('at the next start')), ...(await this.#remainsLeft()));
    const left = await untilNone(patience, async () => {
      const now = await openDescriptors();
      return now > before ? [`${now} descriptors are open after a start, ${before} were before`] : [];
    });
    return [...faults, ...left];
  }

  async #leaveRemains(): Promise<void> {
    for (const path of remains) await writeFile(join(this.#options.root, path), 'half of');
  }

  async #remainsLeft(): Promise<string[]> {
    const names = await Promise.all(remains.map((path) => readdir(dirname(join(this.#options.root, path)))));
    return remains.filter((path) => names.flat().includes(basename(path))).map((path) => `${path} is left over`);
  }

  async #tryStart(): Promise<string[]> {
    try {
      return await this.#look('started nevertheless');
    } catch (error) {
      const reason = startFailure(error);
      return reason === undefined ? [`the start fails, and does not say why: ${String(error)}`] : [];
    }
  }

  /** Checks that the file is listed and complete, and nothing else is listed. */
  async #look(when: string): Promise<string[]> {
    const { files, content } = this.#options;
    const served = await this.#serve();
    files.set(); // only the start is made to fail
    try {
      const listed = await listFiles(served.url);
      const [view] = listed;
      if (view === undefined) return [`${when}: the file is not listed`];
      const outcome = await download(served.url, `/download?file=${view.id}`, content);
      return outcome.kind === 'whole' ? [] : [`${when}: the file's download is ${JSON.stringify(outcome)}`];
    } finally {
      await served.close();
    }
  }
  #serve(): Promise<Served> {
    return serve(this.#options.root, this.#options.calls);
  }
}
