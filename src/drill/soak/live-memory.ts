/**
 * The memory that a Node process really needs: heap and buffers that are left after a full collection of garbage. The
 * process is told by a signal to write a heap snapshot, which collects first; its sizes are added up. So its code need
 * not know of this; it stands still for a fraction of a second.
 *
 * The figure that Linux gives for a process's memory is no measure of that: it holds garbage that nobody has needed to
 * collect yet.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const snapshotSignal = 'SIGUSR2';

/** The flags for Node with which the process takes the signal, and writes into `directory`. */
export function snapshotFlags(directory: string): string[] {
  return [`--heapsnapshot-signal=${snapshotSignal}`, `--diagnostic-dir=${directory}`];
}

const lookAgainMs = 50;
const patienceMs = 60_000;

/** The live memory of a process. */
export interface LiveMemory {
  readonly bytes: number;
  /** The bytes by the class of objects, such as `Buffer`, or by V8's own word for the rest, such as `(string)`. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** The live memory of a process. `directory` is that of the flags; only one process may be asked at a time. */
export async function readLiveMemory(pid: number, directory: string, signal: AbortSignal): Promise<LiveMemory> {
  await mkdir(directory, { recursive: true });
  process.kill(pid, snapshotSignal);
  const givenUpAt = performance.now() + patienceMs;
  while (performance.now() < givenUpAt) {
    await sleep(lookAgainMs, undefined, { signal });
    const [name] = await readdir(directory);
    const text = name === undefined ? '' : await readFile(join(directory, name), 'utf8');
    if (!text.trimEnd().endsWith(']}')) continue; // it is still being written
    await rm(join(directory, String(name)));
    return liveMemoryOf(text);
  }
  throw new Error(`process ${pid} writes no heap snapshot`);
}

/** The parts that matter here of the format that V8 writes and browsers' developer tools read. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  /** The nodes: for each as many numbers as there are fields. */
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** The types of nodes whose name is that of a class. */
const named = new Set(['object', 'native']);

/**
 * The memory that a snapshot tells of. Compiled code is left out: it grows for as long as V8 finds something to
 * optimize, and goes when it must.
 */
export function liveMemoryOf(text: string): LiveMemory {
  const { snapshot, nodes, strings } = JSON.parse(text) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = [fields.indexOf('type'), fields.indexOf('name'), fields.indexOf('self_size')];
  const kinds = new Map<string, number>();
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    const word = types[0][nodes[node + type] ?? 0] ?? '';
    if (word === 'code') continue;
    const kind = named.has(word) ? (strings[nodes[node + name] ?? 0] ?? word) : `(${word})`;
    const own = nodes[node + size] ?? 0;
    bytes += own;
    kinds.set(kind, (kinds.get(kind) ?? 0) + own);
  }
  return { bytes, kinds };
}
