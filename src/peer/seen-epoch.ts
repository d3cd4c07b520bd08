/**
 * The highest epoch that a peer was ever told by a server, kept in its folder. A server's epoch only grows with its
 * metadata, so one that tells a lower epoch works with metadata that is older: it may take files for removed that came
 * later, and nothing is dropped on its word.
 *
 *     peers/p1/epoch      4711
 */
import { join } from 'node:path';
import { parseDigits } from '../bytes/verb-line.ts';
import { type FileCalls, nodeFiles } from '../io/files/calls.ts';
import { readIfThere, writeFileAtomically } from '../io/files/files.ts';
import type { Log } from '../io/log.ts';
import { IpcError } from '../protocols/ipc/errors.ts';

/** The epoch that the server of one session told; undefined until it does, and for one that has none. */
export interface ToldEpoch {
  epoch: number | undefined;
}

export class SeenEpoch {
  readonly #path: string;
  readonly #calls: FileCalls;
  readonly #log: Log;
  #highest: number;
  #kept: Promise<void> = Promise.resolve();

  /** Reads what is kept in `directory`. What is no number is passed over, and told. */
  static async open(directory: string, log: Log, calls: FileCalls = nodeFiles): Promise<SeenEpoch> {
    const path = join(directory, 'epoch');
    const text = (await readIfThere(path, calls))?.toString('latin1').trim();
    const highest = text === undefined ? 0 : parseDigits(text);
    if (highest === undefined) log.warn('peer', 'the file with the epoch is damaged: any server is believed', { path });
    return new SeenEpoch(path, log, calls, highest ?? 0);
  }

  private constructor(path: string, log: Log, calls: FileCalls, highest: number) {
    this.#path = path;
    this.#log = log;
    this.#calls = calls;
    this.#highest = highest;
  }

  /** The highest epoch; undefined when no server ever told one. */
  get highest(): number | undefined {
    return this.#highest === 0 ? undefined : this.#highest;
  }

  /** Notes the epoch that a server tells. Settles once it is on the disk, where it is higher than all before. */
  async hear(epoch: number): Promise<void> {
    if (epoch > this.#highest) {
      this.#highest = epoch;
      this.#kept = this.#kept.then(() => this.#keep());
    }
    await this.#kept;
  }

  /** Refuses to drop for a server whose metadata is older than what this peer has seen. Throws an IpcError. */
  assertCurrent({ epoch }: ToldEpoch): void {
    if (epoch === undefined || epoch >= this.#highest) return;
    const message = `epoch ${epoch}: this server's metadata is older than what this peer has seen (${this.#highest})`;
    throw new IpcError('stale', message);
  }

  /** Writes the epoch. On a full disk it is kept in memory only: a peer that cannot note it must not stay away. */
  async #keep(): Promise<void> {
    try {
      await writeFileAtomically(this.#path, `${this.#highest}\n`, 0o600, this.#calls);
    } catch (error) {
      this.#log.error('peer', 'the epoch could not be noted', { path: this.#path }, error);
    }
  }
}
