/**
 * The directory with 5,000 clients connected, 20 files each: memory for a client that is idle, and how long a hundred
 * working ones wait. They work like people, with a pause of a second between two commands on average; then without any.
 * Needs some 11,000 descriptors in all: `ulimit -n` of 20,000 will do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Latency } from './directory-load.ts';
import { Cleanup, figure, type Row, runDirectly, startRivulet } from './lib.ts';

const idle = 5000;
const filesEach = 20;
const working = 100;
const seconds = 15;

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const { directory, pid } = await startRivulet(cleanup, { peers: 0 });
    const load = startLoad(cleanup, Number(/\d+$/.exec(directory)?.[0]));
    // What the first clients make the server load and compile is not memory for a client.
    await load.tell(`connect ${working} ${filesEach}`);
    await load.tell('hurry 10 1');
    const before = residentKilobytes(pid);
    await load.tell(`connect ${idle - working} ${filesEach}`);
    const bytes = ((residentKilobytes(pid) - before) * 1024) / (idle - working);
    const rows: Row[] = [figure(`memory for a client with ${filesEach} files, idle`, bytes / 1000, 'KB', '< 10')];
    await load.tell('work 10 3'); // the first list makes all blocks that the others then copy
    const work = await load.tell(`work ${working} ${seconds}`);
    const hurry = await load.tell(`hurry ${working} 5`);
    rows.push(...latencyRows(`a hundred at work, ${idle} connected`, work, '< 50'));
    rows.push(...latencyRows('a hundred without a pause', hurry, '< 50'));
    const { count = 0 } = Object.values(hurry)[0] ?? {};
    rows.push(figure('commands of those without a pause', count / 5, '/s', '> 10000'));
    rows.push(figure('memory after all of it, with 5,000 clients', residentKilobytes(pid) / 1000, 'MB', '< 200'));
    return rows;
  } finally {
    await cleanup.run();
  }
}

function latencyRows(of: string, latencies: Record<string, Latency>, target: string): Row[] {
  return Object.entries(latencies).map(([name, { count, p50, p99, max }]) =>
    figure(`${of}: ${name}, p99 (of ${count}; p50 ${p50.toFixed(1)}, max ${max.toFixed(1)})`, p99, 'ms', target),
  );
}

/** The clients, in a process of their own. */
function startLoad(cleanup: Cleanup, port: number) {
  const script = fileURLToPath(new URL('directory-load.ts', import.meta.url));
  const args = ['--import', 'tsx', script, String(port)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  cleanup.add(async () => {
    const exited = once(child, 'exit');
    child.stdin?.end();
    await exited;
  });
  const answers = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return {
    async tell(line: string): Promise<Record<string, Latency>> {
      const answer = once(answers, 'line');
      child.stdin?.write(`${line}\n`);
      const [text] = (await Promise.race([answer, once(child, 'exit').then(() => ['null'])])) as [string];
      if (text === 'null') throw new Error(`the clients have ended at "${line}"`);
      return JSON.parse(text);
    },
  };
}

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

await runDirectly(import.meta.url, run);
