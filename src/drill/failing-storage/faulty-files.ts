/**
 * File calls of which one goes wrong, or all from one on: the n-th of its kind since the fault was set. Counts them.
 *
 *     const files = new FaultyFiles();
 *     files.set({ call: 'datasync', nth: 2, kind: 'EIO', lasting: false });
 *     await openServer({ config, root, log, calls: files.calls });
 */
import type { FileCalls } from '../../io/files/calls.ts';
import { type FileCall, systemError, watchedFiles } from '../../io/files/watched-files.ts';

/**
 * The kinds of faults. `short`: a read or a write does only half of what it was asked, which is no error, and must not
 * be noticed.
 */
export const faultKinds = ['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'short'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** The name of the call: `open`, `write`, `datasync`... */
  readonly call: string;
  /** The number of the call that goes wrong, from 1 on. */
  readonly nth: number;
  readonly kind: FaultKind;
  /** Whether all the following ones go wrong as well, as long as the fault is set. */
  readonly lasting: boolean;
}

export class FaultyFiles {
  readonly calls: FileCalls;
  #counts = new Map<string, number>();
  #fault: Fault | undefined;
  #hit = false;
  #paused = false;

  constructor() {
    this.calls = watchedFiles(
      (call) => this.#before(call),
      (call) => this.#after(call),
    );
  }

  /** Counts anew from here. Without a fault all goes well. */
  set(fault?: Fault): void {
    this.#counts = new Map();
    this.#fault = fault;
    this.#hit = false;
  }

  /** Does `work` while nothing is counted and nothing goes wrong. */
  async pause<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#paused = true;
    try {
      return await work();
    } finally {
      this.#paused = false;
    }
  }

  /** The number of calls of each name since `set`. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Whether a call has gone wrong. */
  get hit(): boolean {
    return this.#hit;
  }

  #before(call: FileCall): void {
    if (this.#paused) return;
    const count = (this.#counts.get(call.name) ?? 0) + 1;
    this.#counts.set(call.name, count);
    // What fails to close is closed nevertheless (close(2)): it goes wrong afterwards.
    if (call.name !== 'close' && this.#isDue(call, count)) this.#strike(call);
  }

  #after(call: FileCall): void {
    if (call.name === 'close' && this.#isDue(call, this.#counts.get('close') ?? 0)) this.#strike(call);
  }

  #isDue({ name }: FileCall, count: number): boolean {
    if (this.#paused || this.#fault?.call !== name) return false;
    return this.#fault.lasting ? count >= this.#fault.nth : count === this.#fault.nth;
  }

  #strike(call: FileCall): void {
    const kind = this.#fault?.kind;
    this.#hit = true;
    if (kind === undefined) return;
    if (kind !== 'short') throw systemError(kind);
    if (call.name === 'read' || call.name === 'write') call.values[2] = Math.ceil(Number(call.values[2]) / 2);
  }
}

/** Every fault there can be when the calls are made so often. */
export function faultsIn(counts: ReadonlyMap<string, number>): Fault[] {
  return [...counts].flatMap(([call, count]) =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((nth) =>
      faultKinds
        .filter((kind) => kind !== 'short' || call === 'read' || call === 'write')
        .flatMap((kind) => [false, true].map((lasting) => ({ call, nth, kind, lasting }))),
    ),
  );
}
