/** The number of descriptors and the memory of a process, as Linux tells them (proc(5)). Judges nothing. */
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface Gauges {
  /** Open files, by path. */
  readonly files: number;
  /** Sockets, pipes, FIFOs, epoll and the like. */
  readonly channels: number;
  /** Memory of the process's own, not of a file: heap, buffers, stacks. */
  readonly ownBytes: number;
}

/** The gauges of the process `pid`. Throws when it does not run. */
export async function readGauges(pid: number): Promise<Gauges> {
  const targets = await descriptorTargets(pid);
  const files = targets.filter((target) => target.startsWith('/') && !isFifo(target)).length;
  return { files, channels: targets.length - files, ownBytes: await ownBytes(pid) };
}

async function descriptorTargets(pid: number): Promise<string[]> {
  const directory = `/proc/${pid}/fd`;
  const targets = (await readdir(directory)).map((name) => readlink(`${directory}/${name}`).catch(() => undefined));
  // One may be closed between the look at the list and the look at it.
  return (await Promise.all(targets)).filter((target) => target !== undefined);
}

/** Whether `target` is a FIFO of a peer: FIFOs have names, and are open as long as the session. */
function isFifo(target: string): boolean {
  return /\/(requests|replies)( \(deleted\))?$/.test(target);
}

async function ownBytes(pid: number): Promise<number> {
  const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1')) ?? [];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no RssAnon`);
  return Number(kib) * 1024;
}
