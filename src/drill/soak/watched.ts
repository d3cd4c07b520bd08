/** A process that is looked at again and again, and what was seen. */
import { readGauges } from './gauges.ts';
import type { Sample, Series } from './judge.ts';
import { readLiveMemory } from './live-memory.ts';

const hourMs = 3_600_000;

export class Watched implements Series {
  readonly name: string;
  readonly samples: Sample[] = [];
  readonly #pid: number;
  readonly #snapshots: string;

  /** Watches the process `pid`; `snapshots` is the folder of its `snapshotFlags`. */
  constructor(name: string, pid: number, snapshots: string) {
    this.name = name;
    this.#pid = pid;
    this.#snapshots = snapshots;
  }

  /** Looks at its gauges; with `live` also at its live memory, for which it stands still a while. */
  async look(live: boolean, signal: AbortSignal): Promise<void> {
    const gauges = await readGauges(this.#pid);
    const hours = performance.now() / hourMs;
    const memory = live ? await readLiveMemory(this.#pid, this.#snapshots, signal) : undefined;
    this.samples.push({ ...gauges, hours, ...(memory && { liveBytes: memory.bytes, liveKinds: memory.kinds }) });
  }

  /** The text `server 27.1 MiB alive`, after a look at that. */
  toString(): string {
    return `${this.name} ${((this.samples.at(-1)?.liveBytes ?? 0) / 2 ** 20).toFixed(1)} MiB alive`;
  }
}
