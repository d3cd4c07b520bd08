/**
 * Gives the space of pieces that are gone back to the file system, as far as it takes it: best effort. Where it cannot
 * be done the space stays taken until the whole file is removed, and the log says so once.
 */
import { errorText } from '../../bytes/coded-error.ts';
import type { FileCalls } from '../files/calls.ts';
import type { Place } from '../files/punch-holes.ts';
import type { Log } from '../log.ts';

export class FreedSpace {
  readonly #calls: FileCalls;
  readonly #log: Log;
  #told = false;

  constructor(calls: FileCalls, log: Log) {
    this.#calls = calls;
    this.#log = log;
  }

  /** Settles once the places of the file at `path` are given back, or it is known that they cannot be. Never fails. */
  async giveBack(path: string, places: readonly Place[]): Promise<void> {
    try {
      await this.#calls.punchHoles(path, joined(places));
    } catch (error) {
      if (this.#told) return;
      this.#told = true;
      const reason = errorText(error);
      this.#log.warn('peer', 'the space of dropped pieces stays taken until their files go', { path, reason });
    }
  }
}

/** The places with neighbours joined: fewer calls, and the block that two small pieces share goes too. */
function joined(places: readonly Place[]): Place[] {
  const runs: { offset: number; size: number }[] = [];
  for (const { offset, size } of places.toSorted((one, other) => one.offset - other.offset)) {
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.size === offset) last.size += size;
    else runs.push({ offset, size });
  }
  return runs;
}
